public import RPC

public import struct FoundationEssentials.Data

/// A value as whoever made it has sealed it for one version of one secret.
public struct SealedSecretValue: Codable, Hashable, Sendable, DocumentedFields {
    /// Which algorithms; 1.
    public var suite: Int64
    /// The data key with the hash of what it is for, sealed to the epoch's key.
    public var sealedKey: Data
    /// Which key it is sealed to, 16 bytes.
    public var keyID: Data
    /// The value, sealed with the data key.
    public var ciphertext: Data
    /// Commits to the data key, 32 bytes.
    public var commitment: Data

    /// Describes one.
    public init(
        suite: Int64, sealedKey: Data, keyID: Data, ciphertext: Data, commitment: Data
    ) {
        self.suite = suite
        self.sealedKey = sealedKey
        self.keyID = keyID
        self.ciphertext = ciphertext
        self.commitment = commitment
    }

    public static let fieldDocumentation = [
        "suite": "Which algorithms; 1.",
        "sealedKey": "The data key with the hash of what it is for, sealed to the epoch's key.",
        "keyID": "Which key it is sealed to, 16 bytes.",
        "ciphertext": "The value, sealed with the data key.",
        "commitment": "Commits to the data key, 32 bytes.",
    ]
}
