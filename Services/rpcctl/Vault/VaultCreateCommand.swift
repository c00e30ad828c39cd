import ArgumentParser
import RPC
import VaultAPI

import struct FoundationEssentials.Date

/// Runs `rpcctl vault create`.
struct VaultCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a secret, as yet without a value.")

    @Argument(help: "Its name, unique among yours.")
    var name: String

    @Option(help: "What kind of credential it is.")
    var type = SecretTypeArgument(.generic)

    @Option(help: ArgumentHelp("What lists show.", valueName: "text"))
    var displayName: String?

    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var description: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A word to find it by; may be given several times.", valueName: "tag"))
    var tag: [String] = []

    @Option(
        help: ArgumentHelp(
            "Who holds this permission may use it too.", valueName: "resource:action"))
    var permission: String?

    @Option(help: ArgumentHelp("Days between rotations.", valueName: "days"))
    var rotate: Int64?

    @Flag(help: "The vault makes each next value itself: a random text.")
    var random = false

    @Option(
        help: ArgumentHelp(
            "A program of the vault's operator makes each next value.", valueName: "name"))
    var hook: String?

    @Option(
        help: ArgumentHelp(
            "A service that the vault's operator has named makes each next value.",
            valueName: "name"))
    var peer: String?

    @Option(help: ArgumentHelp("From when on it is not given out.", valueName: "time"))
    var expires: MomentArgument?

    @Flag(help: "Destroying anything of it needs a second person.")
    var secondPerson = false

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let (method, configuration) = try self.rotation()
        let secret = try await self.options.connection().ask(
            CreateSecret(
                name: self.name, displayName: self.displayName, description: self.description,
                type: self.type.type, tags: self.tag.isEmpty ? nil : self.tag,
                requiredPermission: self.permission, rotationEnabled: self.rotate.map { _ in true },
                rotationDays: self.rotate, expiresAt: self.expires?.date,
                needsSecondPerson: self.secondPerson ? true : nil,
                rotationMethod: method, rotationConfiguration: configuration))
        guard self.options.format.format == .table else { return try self.options.show(secret) }
        try OutputStream.standardOutput.write(
            "Made \(secret.name.escapingControls()), \(secret.id.uuidString.lowercased()).\n")
    }

    /// Who makes the next values.
    private func rotation() throws -> (RotationMethod?, JSONValue?) {
        switch (self.random, self.hook, self.peer) {
        case (false, nil, nil): return (nil, nil)
        case (true, nil, nil): return (.random, nil)
        case (false, let hook?, nil): return (.hook, .object(["hook": .string(hook)]))
        case (false, nil, let peer?): return (.peer, .object(["peer": .string(peer)]))
        default:
            throw CommandFailure.usage("Only one of --random, --hook and --peer can be given.")
        }
    }
}
