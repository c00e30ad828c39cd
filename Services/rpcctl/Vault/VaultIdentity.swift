import ArgumentParser
import RPC
import SecretFormat
import Sodium
import VaultAPI

/// The key that an installation's vault is known by.
///
/// It comes from the command line, else from a file that remembers the key that was seen first;
/// once there is one, no other is believed.
struct VaultIdentity: Sendable {
    /// Where the key is that the context's vault is known by.
    let file: PrivateFile
    /// Tells the person something that does not belong to the result.
    let notice: @Sendable (String) -> Void

    /// The key of the command line or the file; `nil` if there is none yet.
    ///
    /// - Throws: a ``CommandFailure`` for a key that is none.
    func known(_ given: String?) throws -> [UInt8]? {
        if let given { return try Self.read(given, from: "--identity") }
        guard let content = try self.file.read() else { return nil }
        return try Self.read(
            String(decoding: content, as: UTF8.self).trimmingWhitespace(), from: self.file.path)
    }

    /// Remembers a key that was seen for the first time.
    func remember(_ key: [UInt8]) throws {
        let text = Base64URL.encode(key)
        try self.file.replace(with: Array("\(text)\n".utf8))
        self.notice(
            "The vault's identity is \(text); it was not known here, is believed from now on and "
                + "kept in \(self.file.path). Compare it with what the vault's operators say.")
    }

    /// Reads a key as `steward-vault init` prints it.
    static func read(_ text: String, from place: String) throws -> [UInt8] {
        guard let key = Base64URL.decode(text), key.count == SignatureKey.byteCount else {
            throw CommandFailure.configuration("There is no vault's identity in \(place).")
        }
        return key
    }
}

extension Installation {
    /// The key that this installation's vault is known by.
    var vaultIdentity: VaultIdentity {
        let directory = CommandEnvironment.current.configurationDirectory
        return VaultIdentity(
            file: PrivateFile(path: "\(directory)/vault-identities/\(self.context)"),
            notice: { text in
                // A notice that can't be shown changes nothing about the result.
                try? OutputStream.standardError.write("\(text)\n")
            })
    }
}

/// Which vault to believe, on the command line.
struct VaultIdentityOptions: ParsableArguments {
    // A key in Base64 may begin with a hyphen.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The vault's identity key, as steward-vault init printed it.", valueName: "key"))
    var identity: String?

    /// The identity that is known; `nil` if none is yet.
    ///
    /// - Throws: a ``CommandFailure``.
    func known(_ installation: Installation) throws -> [UInt8]? {
        try installation.vaultIdentity.known(self.identity)
    }
}
