internal import Crypto

/// How a Merkle tree is hashed (RFC 6962, section 2.1; the same in RFC 9162).
///
/// Leaves and nodes begin with different bytes, so that nobody can pass the one off as the other.
extension MerkleHash {
    /// The root of a tree without leaves: the hash of nothing.
    package static let emptyTree = MerkleHash(SHA256().finalize())

    /// The hash of an entry of the log, of any length: SHA-256 of `0x00` and the entry.
    package static func leaf(_ entry: some Collection<UInt8>) -> MerkleHash {
        let contiguous = entry.withContiguousStorageIfAvailable { buffer in
            unsafe Self.leaf(UnsafeRawBufferPointer(buffer))
        }
        if let contiguous { return contiguous }
        return unsafe Array(entry).withUnsafeBytes { unsafe Self.leaf($0) }
    }

    /// The hash of a node with two children: SHA-256 of `0x01` and both hashes.
    package static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        var hasher = SHA256()
        unsafe Swift.withUnsafeBytes(of: UInt8(1)) { unsafe hasher.update(bufferPointer: $0) }
        unsafe left.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        unsafe right.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        return MerkleHash(hasher.finalize())
    }

    private static func leaf(_ entry: UnsafeRawBufferPointer) -> MerkleHash {
        var hasher = SHA256()
        unsafe Swift.withUnsafeBytes(of: UInt8(0)) { unsafe hasher.update(bufferPointer: $0) }
        unsafe hasher.update(bufferPointer: entry)
        return MerkleHash(hasher.finalize())
    }

    /// The root of the complete subtree over a power of two of hashes of one level, at least one.
    static func completeRoot(_ hashes: ArraySlice<MerkleHash>) -> MerkleHash {
        precondition(hashes.count.nonzeroBitCount == 1)
        var level = Array(hashes)
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map {
                Self.node(level[$0], level[$0 + 1])
            }
        }
        return level[0]
    }

    /// Joins the roots of neighbouring complete subtrees, the largest first, at least one.
    static func joining(_ roots: [MerkleHash]) -> MerkleHash? {
        guard let last = roots.last else { return nil }
        return roots.dropLast().reversed().reduce(last) { Self.node($1, $0) }
    }
}
