/// What the vault replies to a reader; ``ReaderKeyPair/open(_:identity:)`` opens it.
package struct ReleasedSecret: Sendable, Hashable {
    /// The version as it is stored, without the box that only the vault opens.
    package struct Version: Sendable, Hashable {
        /// What it is.
        package let context: SecretContext
        /// The padded value, sealed by whoever made it.
        package let ciphertext: [UInt8]
        /// What shows that a data key is the right one.
        package let commitment: [UInt8]

        /// Describes a version; see the properties.
        package init(context: SecretContext, ciphertext: [UInt8], commitment: [UInt8]) {
            self.context = context
            self.ciphertext = ciphertext
            self.commitment = commitment
        }
    }

    /// The version.
    package let version: Version
    /// Its data key, sealed to the reader.
    package let key: ReleasedKey
    /// The request's identifier, as the reader gave it.
    package let requestID: [UInt8]
    /// Whom the vault took the reader for.
    package let readerID: String

    /// Takes a reply; see the properties.
    package init(version: Version, key: ReleasedKey, requestID: [UInt8], readerID: String) {
        self.version = version
        self.key = key
        self.requestID = requestID
        self.readerID = readerID
    }
}
