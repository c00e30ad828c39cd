import ArgumentParser
import RPC
import VaultAPI
import Wire

/// Runs `rpcctl vault show`.
struct VaultShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows everything about a secret but its value.")

    @OptionGroup var secret: SecretOptions
    @OptionGroup var options: VaultOptions

    func run() async throws {
        try self.options.show(try await self.options.connection().secret(self.secret))
    }
}

/// Runs `rpcctl vault versions`.
struct VaultVersionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions", abstract: "Lists the versions of a secret, newest first.")

    @OptionGroup var secret: SecretOptions
    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        var request = ListSecretVersions(
            secretID: try await connection.secret(self.secret).id, pageSize: 500)
        var versions: [SecretVersion] = []
        repeat {
            let page = try await connection.ask(request)
            versions += page.versions
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil
        try self.options.show(SecretVersionPage(versions: versions))
    }
}
