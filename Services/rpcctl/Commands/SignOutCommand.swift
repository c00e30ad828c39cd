import ArgumentParser
import IdentityAPI
import RPC

/// Runs `rpcctl sign-out`.
struct SignOutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-out",
        abstract: "Ends your session, here and at the service.")

    @Flag(help: "Only forget the tokens here; the session stays open at the service.")
    var local = false

    @OptionGroup var context: ContextOptions

    func run() async throws {
        let installation = try self.context.installation()
        let tokens = try installation.tokens()
        guard try tokens.current() != nil else { throw CommandFailure.notSignedIn }
        if !self.local { try await Self.endSession(installation, tokens) }
        try tokens.file.remove()
        try OutputStream.standardOutput.write(
            self.local ? "The tokens are forgotten.\n" : "Signed out.\n")
    }

    private static func endSession(
        _ installation: Installation, _ tokens: TokenSource
    ) async throws {
        do {
            let identity = try installation.identity()
            _ = try await tokens.ask { try await identity.ask(SignOut(), token: $0) }
        } catch var failure as CommandFailure {
            // The session has ended already.
            if failure.code == .unauthenticated { return }
            failure.hints.append("rpcctl sign-out --local forgets the tokens here all the same")
            throw failure
        }
    }
}
