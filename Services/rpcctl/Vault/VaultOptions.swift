import ArgumentParser
import RPC
import VaultAPI
import Wire

import struct FoundationEssentials.UUID

/// A secret on the command line: its id, or a name.
struct SecretArgument: ExpressibleByArgument, Hashable, Sendable {
    let id: UUID?
    let name: String?

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self.id = UUID(uuidString: argument)
        self.name = self.id == nil ? argument : nil
    }
}

/// Which secret is meant.
struct SecretOptions: ParsableArguments {
    @Argument(help: "The secret: its id, or its name.")
    var secret: SecretArgument

    @Option(help: ArgumentHelp("Whose secret the name is; yours if absent.", valueName: "uuid"))
    var owner: UUIDArgument?
}

/// Where the vault is, and how to show what it answers.
struct VaultOptions: ParsableArguments {
    @OptionGroup var target: AddressOptions
    @OptionGroup var format: FormatOptions

    func connection() throws -> VaultConnection {
        try VaultConnection(try self.target.installation())
    }

    /// Writes what the vault answered.
    func show(_ reply: some Encodable) throws {
        try ResultPrinter(self.format.format).reply(try CBORValue(encoding: reply))
    }
}

/// A kind of credential on the command line.
struct SecretTypeArgument: ExpressibleByArgument, Hashable, Sendable {
    let type: SecretType

    init(_ type: SecretType) { self.type = type }

    init?(argument: String) {
        self.init(SecretType(rawValue: argument))
        guard self.type.isKnown else { return nil }
    }

    var defaultValueDescription: String { self.type.rawValue }
    static var allValueStrings: [String] { SecretType.knownCases.map(\.rawValue) }
}
