import ArgumentParser
import FoundationEssentials
import Glibc
import IdentityAPI
import RPC
import Wire

/// Runs `rpcctl sign-in`.
struct SignInCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-in",
        abstract: "Signs you in; later calls are made as you.",
        discussion: """
            The password is asked for without showing it, or read from standard input, as in \
            rpcctl sign-in --identifier ada@example.org < password-file. It never stands on the \
            command line. The tokens are kept in a file that only you may read and are renewed by \
            themselves.
            """)

    @Option(help: ArgumentHelp("Your e-mail address or user name.", valueName: "identifier"))
    var identifier: String?

    @OptionGroup var context: ContextOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let installation = try self.context.installation()
        let identity = try installation.identity()
        let identifier = try self.identifier ?? Self.askIdentifier()
        let password = try PasswordPrompt.read("Password for \(identifier.escapingControls()): ")
        try Task.checkCancellation()
        let signedIn = try await identity.ask(
            SignIn(identifier: identifier, password: password, userAgent: Self.userAgent))
        let tokens = try installation.tokens()
        try await tokens.begin(signedIn)
        if self.output.format == .table {
            let output = OutputStream.standardOutput
            let user = signedIn.user
            let line =
                "Signed in as \(output.style.bold(user.displayName.escapingControls()))"
                + " <\(user.email.escapingControls())>"
                + output.style.dim(" · context \(installation.context)")
            return try output.write(line + "\n")
        }
        try ResultPrinter(self.output.format).reply(
            .object([
                ("user", try CBORValue(encoding: signedIn.user)),
                ("sessionID", try CBORValue(encoding: signedIn.sessionID)),
                ("context", .text(installation.context)),
            ]))
    }

    private static func askIdentifier() throws -> String {
        guard isatty(0) == 1 else {
            throw CommandFailure.usage(
                "Who signs in?", hints: ["rpcctl sign-in --identifier ada@example.org"])
        }
        try OutputStream.standardError.write("E-mail address or user name: ")
        let line = Interruption.whileBlocked { readLine() }?.trimmingWhitespace() ?? ""
        guard !line.isEmpty else {
            throw CommandFailure.usage("Nobody was named.")
        }
        return line
    }

    private static var userAgent: String {
        "rpcctl/\(Version.current) (\(ProcessInfo.processInfo.hostName))"
    }
}
