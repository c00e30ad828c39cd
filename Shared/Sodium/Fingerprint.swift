internal import CSodium

/// The BLAKE2b-256 digest of a text's UTF-8 bytes (RFC 7693), made to be a dictionary's key.
///
/// For what this process looks up and never stores or sends: it is several times faster than
/// SHA-256, and takes no memory of its own.
package struct Fingerprint: Sendable, Equatable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The fingerprint of a text.
    package init(of text: String) {
        var text = text
        text.withUTF8 { bytes in
            unsafe withUnsafeMutableBytes(of: &self.words) { digest in
                let digest = unsafe digest.bindMemory(to: UInt8.self)
                guard let start = digest.baseAddress else { return }
                // It fails for lengths only that this one is not.
                _ = unsafe crypto_generichash(
                    start, digest.count, bytes.baseAddress, UInt64(bytes.count), nil, 0)
            }
        }
    }

    package static func == (one: Self, other: Self) -> Bool { one.words == other.words }
}

extension Fingerprint: Hashable {
    /// Any part of a digest is spread as evenly as the whole.
    package func hash(into hasher: inout Hasher) { hasher.combine(self.words.0) }
}
