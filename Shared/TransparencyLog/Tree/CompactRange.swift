/// What must be remembered of a Merkle tree in order to append to it and to tell its root.
///
/// That is the roots of its complete subtrees, one for each set bit of its size: at most 64 hashes,
/// however many leaves the tree has.
package struct CompactRange: Sendable, Hashable {
    /// How many leaves the tree has.
    package private(set) var size: UInt64
    /// The roots of the complete subtrees from left to right, the largest first.
    package private(set) var hashes: [MerkleHash]

    /// The tree without leaves.
    package init() {
        self.size = 0
        self.hashes = []
    }

    /// Goes on with a tree.
    ///
    /// - Throws: ``CompactRangeError/wrongHashCount`` unless there is one hash for each set bit of
    ///   the size.
    package init(size: UInt64, hashes: [MerkleHash]) throws(CompactRangeError) {
        guard hashes.count == size.nonzeroBitCount else { throw .wrongHashCount }
        self.size = size
        self.hashes = hashes
    }

    /// Takes hashes that were just computed for that size.
    init(uncheckedSize size: UInt64, hashes: [MerkleHash]) {
        self.size = size
        self.hashes = hashes
    }

    /// The root of the tree (RFC 6962, section 2.1); ``MerkleHash/emptyTree`` without leaves.
    package var root: MerkleHash { MerkleHash.joining(self.hashes) ?? .emptyTree }

    /// Appends a leaf.
    ///
    /// - Parameter leafHash: what ``MerkleHash/leaf(_:)`` gives for the entry.
    /// - Throws: ``CompactRangeError/treeFull`` if the tree has 2^64 − 1 leaves.
    package mutating func append(_ leafHash: MerkleHash) throws(CompactRangeError) {
        guard self.size < .max else { throw .treeFull }
        var hash = leafHash
        // Each trailing one of the size is a complete subtree that the new leaf completes a pair
        // with, as a carry does in an addition.
        for _ in 0..<(~self.size).trailingZeroBitCount {
            hash = MerkleHash.node(self.hashes.removeLast(), hash)
        }
        self.hashes.append(hash)
        self.size += 1
    }
}

extension CompactRange {
    /// The size as 8 bytes, most significant first, and then the hashes: 8 to 2,056 bytes.
    package var serialized: [UInt8] {
        var bytes = BigEndian.bytes(self.size, count: 8)
        bytes.reserveCapacity(8 + self.hashes.count * MerkleHash.byteCount)
        for hash in self.hashes { bytes += hash.bytes }
        return bytes
    }

    /// Restores what ``serialized`` gave, and checks it.
    ///
    /// - Parameters:
    ///   - bytes: exactly those bytes.
    ///   - size: the tree's size, kept apart like its root, so that damage does not go unnoticed:
    ///     a root says nothing of the size beyond the number of its set bits.
    ///   - root: the tree's root.
    /// - Throws: ``CompactRangeError/wrongByteCount``, ``CompactRangeError/otherSize`` or
    ///   ``CompactRangeError/rootMismatch``.
    package init(
        serialized bytes: [UInt8], size: UInt64, root: MerkleHash
    ) throws(CompactRangeError) {
        guard bytes.count >= 8 else { throw .wrongByteCount }
        guard BigEndian.number(bytes[..<8]) == size else { throw .otherSize }
        guard let hashes = MerkleHash.list(bytes[8...]), hashes.count == size.nonzeroBitCount
        else { throw .wrongByteCount }
        try self.init(size: size, hashes: hashes)
        guard self.root == root else { throw .rootMismatch }
    }
}

/// Why a compact range was refused.
package enum CompactRangeError: Error, Equatable {
    /// There is not one hash for each set bit of the size.
    case wrongHashCount
    /// Serialised bytes do not have the length that their size asks for.
    case wrongByteCount
    /// The serialised bytes are those of a tree of another size.
    case otherSize
    /// The hashes do not give the root that they should.
    case rootMismatch
    /// The tree has as many leaves as 64 bits can count.
    case treeFull
}
