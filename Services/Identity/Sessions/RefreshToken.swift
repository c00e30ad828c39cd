internal import FoundationEssentials
internal import Sodium

/// A secret that buys a session's next pair of tokens, once.
///
/// `str_` and 32 random bytes in base64url.  The prefix lets secret scanners and our own logs know
/// one when they see it.
struct RefreshToken: Sendable {
    /// What the person's program keeps.
    let text: String

    private static let prefix = "str_"
    private static let randomByteCount = 32
    private static let sealLabel = "steward refresh successor"

    /// Makes a new token.
    init() {
        self.text = Self.prefix + Base64URL.encode(Sodium.randomBytes(Self.randomByteCount))
    }

    /// Reads a token as it came; `nil` for a text that never was one.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            Base64URL.decode(text.utf8.dropFirst(Self.prefix.utf8.count))?.count
                == Self.randomByteCount
        else { return nil }
        self.text = text
    }

    /// What the database keeps: the token has 256 random bits, so a plain digest is enough.
    var hash: Data { Data(Sodium.sha256(self.text)) }

    /// Seals a successor so that only who has this token can open it.
    ///
    /// The key is derived from the token itself, which the database does not have.
    func seal(successor: RefreshToken) throws -> Data {
        let sealed = try SealedValue(
            sealing: Array(successor.text.utf8), key: try self.sealKey(),
            context: Array(self.hash))
        return Data(sealed.bytes)
    }

    /// Opens a successor that this token was exchanged for.
    ///
    /// - Throws: ``SodiumError/sealBroken`` if the bytes are not what was sealed.
    func openSuccessor(_ sealed: Data) throws -> RefreshToken {
        let bytes = try SealedValue(bytes: Array(sealed))
            .opened(with: try self.sealKey(), context: Array(self.hash))
        guard let successor = RefreshToken(String(decoding: bytes, as: UTF8.self)) else {
            throw SodiumError.sealBroken
        }
        return successor
    }

    private func sealKey() throws -> SecretBytes {
        try SecretBytes(derivedFrom: Array(self.text.utf8), label: Self.sealLabel)
    }
}
