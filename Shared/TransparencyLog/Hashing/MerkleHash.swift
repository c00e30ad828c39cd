internal import Crypto
internal import FoundationEssentials

/// A SHA-256 hash of a Merkle tree: of a leaf, of a node, or the root.
///
/// Always 32 bytes, kept in place rather than on the heap, so that arrays of them are as long as
/// their bytes.
package struct MerkleHash: Sendable, Hashable {
    /// How many bytes a hash has.
    package static let byteCount = 32

    // In memory these four words are the 32 bytes in their order, whatever the machine's.
    private let words: Words

    private struct Words: Hashable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
    }

    /// Takes the bytes of a hash; `nil` if they are not exactly 32.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words = Words()
        unsafe Swift.withUnsafeMutableBytes(of: &words) { unsafe $0.copyBytes(from: bytes) }
        self.words = words
    }

    /// Reads padded base64 (RFC 4648, section 4); `nil` unless it is 32 bytes written as
    /// ``base64`` writes them.
    package init?(base64 text: String) {
        guard let bytes = StrictBase64.decode(text) else { return nil }
        self.init(bytes)
    }

    init(_ digest: SHA256.Digest) {
        var words = Words()
        unsafe Swift.withUnsafeMutableBytes(of: &words) { target in
            unsafe digest.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
        self.words = words
    }

    /// The 32 bytes.
    package var bytes: [UInt8] { unsafe self.withUnsafeBytes { unsafe Array($0) } }

    /// The hash as 44 characters of padded base64.
    package var base64: String { StrictBase64.encode(self.bytes) }

    /// Lends the 32 bytes without copying them to the heap.
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe Swift.withUnsafeBytes(of: self.words) { unsafe body($0) }
    }
}

extension MerkleHash: CustomStringConvertible {
    package var description: String { self.base64 }
}

extension MerkleHash {
    /// Splits bytes into hashes; `nil` if their number is no multiple of 32.
    static func list(_ bytes: ArraySlice<UInt8>) -> [MerkleHash]? {
        guard bytes.count.isMultiple(of: Self.byteCount) else { return nil }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: Self.byteCount)
            .compactMap { MerkleHash(bytes[$0..<$0 + Self.byteCount]) }
    }
}
