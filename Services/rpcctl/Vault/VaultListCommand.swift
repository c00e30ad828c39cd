import ArgumentParser
import RPC
import VaultAPI
import Wire

import struct FoundationEssentials.UUID

/// Runs `rpcctl vault list`.
struct VaultListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the secrets that you may use.")

    @Argument(help: "Only those with this in their name or description.")
    var text: String?

    @Option(help: "Only those with this tag.")
    var tag: String?

    @Option(help: "Only those of this type.")
    var type: SecretTypeArgument?

    @Flag(help: "Only those whose rotation is due.")
    var due = false

    @Flag(help: "Only those that have expired.")
    var expired = false

    @Flag(help: "Also those that are deleted or destroyed.")
    var all = false

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        var request = ListSecrets(
            tag: self.tag, type: self.type?.type, text: self.text, isDue: self.due ? true : nil,
            isExpired: self.expired ? true : nil, includesDeleted: self.all ? true : nil,
            pageSize: 500)
        var secrets: [Secret] = []
        repeat {
            let page = try await connection.ask(request)
            secrets += page.secrets
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil
        guard self.options.format.format == .table else {
            var printer = ResultPrinter(self.options.format.format)
            for secret in secrets { try printer.element(try CBORValue(encoding: secret)) }
            return
        }
        let output = OutputStream.standardOutput
        var table = TextTable(
            heading: ["name", "type", "version", "state", "id"], flexibleColumn: 0)
        table.rows = secrets.map { secret in
            [
                secret.name, secret.type.rawValue,
                secret.currentVersion.map { "\($0)" } ?? "none", secret.state,
                secret.id.uuidString.lowercased(),
            ]
        }
        try output.write(
            table.text(
                style: output.style, columnCount: output.isTerminal ? output.columnCount : nil))
    }
}

extension Secret {
    /// How it is, in a word.
    fileprivate var state: String {
        if self.destroyedAt != nil { return "destroyed" }
        if self.deletedAt != nil { return "deleted" }
        if self.isExpired { return "expired" }
        if !self.isActive { return "inactive" }
        return self.needsRotation ? "due" : "ready"
    }
}
