import TransparencyLog

/// Trees whose leaves are all alike: the only ones of 2^64 − 1 leaves that a test can know.
enum EqualLeaves {
    /// The hash of a complete subtree of each level.
    static let hashes: [MerkleHash] = (0..<63).reduce(into: [leaf]) { hashes, level in
        hashes.append(.node(hashes[level], hashes[level]))
    }

    static let leaf = MerkleHash.leaf(Array("the same".utf8))

    static func tree(size: UInt64) throws -> CompactRange {
        try CompactRange(
            size: size,
            hashes: (0..<64).reversed().filter { size >> $0 & 1 == 1 }.map { Self.hashes[$0] })
    }
}
