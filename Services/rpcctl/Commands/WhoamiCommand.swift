import ArgumentParser
import FoundationEssentials
import Glibc
import IdentityAPI
import RPC
import Wire

/// Runs `rpcctl whoami`.
struct WhoamiCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Shows who you are for the services.")

    @OptionGroup var context: ContextOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let installation = try self.context.installation()
        let tokens = try installation.tokens()
        let identity = try installation.identity()
        let me = try await tokens.ask { try await identity.ask(GetMe(), token: $0) }
        guard self.output.format == .table else {
            return try ResultPrinter(self.output.format).reply(try CBORValue(encoding: me))
        }
        let output = OutputStream.standardOutput
        var table = TextTable(heading: ["", ""])
        table.paint = { column, cell in column == 0 ? output.style.dim(cell) : cell }
        table.rows = [
            ["name", me.user.displayName],
            ["e-mail", me.user.email],
            ["user name", me.user.username ?? ""],
            ["roles", (["member"] + me.user.roles).joined(separator: ", ")],
            ["permissions", me.effectivePermissions.joined(separator: ", ")],
            ["user", me.user.id.uuidString.lowercased()],
            ["session", me.sessionID.uuidString.lowercased()],
            ["signed in", me.authenticatedAt.formatted(.iso8601)],
            ["context", "\(installation.context) · \(identity.place)"],
            ["process", "\(SocketDoctor.userName(geteuid())) (uid \(geteuid()))"],
        ].filter { !$0[1].isEmpty }
        try output.write(
            table.text(
                style: output.style, columnCount: output.isTerminal ? output.columnCount : nil))
    }
}
