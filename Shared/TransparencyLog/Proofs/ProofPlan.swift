/// Which subtrees the hashes of a proof are made of; says what to fetch before a proof is made.
package struct ProofPlan: Sendable, Hashable {
    /// How many leaves the tree has.
    package let treeSize: UInt64
    // For each hash of the proof, the complete subtrees that it joins, the largest first.
    private let parts: [[Subtree]]

    private init(treeSize: UInt64, ranges: [Range<UInt64>]) {
        self.treeSize = treeSize
        self.parts = ranges.map { Subtree.covering($0) }
    }

    /// Plans the root of a tree (RFC 6962, section 2.1): one hash, or none without leaves.
    package init(rootOfSize treeSize: UInt64) {
        self.init(treeSize: treeSize, ranges: treeSize == 0 ? [] : [0..<treeSize])
    }

    /// Plans an inclusion proof (RFC 6962, section 2.1.1).
    ///
    /// - Throws: ``ProofError/indexOutsideTree``.
    package init(leafIndex: UInt64, treeSize: UInt64) throws(ProofError) {
        guard leafIndex < treeSize else { throw .indexOutsideTree }
        var ranges: [Range<UInt64>] = []
        var range = 0..<treeSize
        while range.upperBound - range.lowerBound > 1 {
            let (left, right) = Self.halves(of: range)
            let isLeft = leafIndex < right.lowerBound
            ranges.append(isLeft ? right : left)
            range = isLeft ? left : right
        }
        self.init(treeSize: treeSize, ranges: ranges.reversed())
    }

    /// Plans a consistency proof (RFC 6962, section 2.1.2).
    ///
    /// - Throws: ``ProofError/emptyTree`` if the older tree has no leaves, since everything is
    ///   consistent with it; ``ProofError/sizesOutOfOrder``.
    package init(oldSize: UInt64, newSize: UInt64) throws(ProofError) {
        guard oldSize > 0 else { throw .emptyTree }
        guard oldSize <= newSize else { throw .sizesOutOfOrder }
        var ranges: [Range<UInt64>] = []
        var range = 0..<newSize
        while range.upperBound != oldSize {
            let (left, right) = Self.halves(of: range)
            let isLeft = oldSize <= left.upperBound
            ranges.append(isLeft ? right : left)
            range = isLeft ? left : right
        }
        // A verifier has the root of the whole older tree, but not of a part of it.
        if range.lowerBound > 0 { ranges.append(range) }
        self.init(treeSize: newSize, ranges: ranges.reversed())
    }

    /// Every complete subtree whose hash is needed, each once.
    package var subtrees: [Subtree] { self.parts.flatMap { $0 } }

    /// Every tile that is needed, each once, as wide as it is in the tree.
    package var tiles: [TileAddress] {
        var seen = Set<TileAddress>()
        return self.subtrees.compactMap { TileAddress(containing: $0, treeSize: self.treeSize) }
            .filter { seen.insert($0).inserted }
    }

    /// The hashes of the proof.
    ///
    /// - Parameter hash: gives the hash of a complete subtree; its errors are passed on.
    package func hashes<Failure: Error>(
        _ hash: (Subtree) throws(Failure) -> MerkleHash
    ) throws(Failure) -> [MerkleHash] {
        var hashes: [MerkleHash] = []
        for part in self.parts {
            var roots: [MerkleHash] = []
            for subtree in part { roots.append(try hash(subtree)) }
            if let joined = MerkleHash.joining(roots) { hashes.append(joined) }
        }
        return hashes
    }

    /// Splits two or more leaves after the largest power of two that is less than their number.
    private static func halves(of range: Range<UInt64>) -> (Range<UInt64>, Range<UInt64>) {
        let count = range.upperBound - range.lowerBound
        let split = range.lowerBound + 1 << (63 - (count - 1).leadingZeroBitCount)
        return (range.lowerBound..<split, split..<range.upperBound)
    }
}
