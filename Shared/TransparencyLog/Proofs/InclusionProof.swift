/// A claim that a leaf is in a tree, and the hashes that prove it (RFC 9162, section 2.1.3).
package struct InclusionProof: Sendable, Hashable {
    /// Which leaf, from 0.
    package let leafIndex: UInt64
    /// How many leaves the tree has.
    package let treeSize: UInt64
    /// The siblings on the way from the leaf up to the root; at most 64 in a proof that verifies.
    package let hashes: [MerkleHash]

    /// Takes a claim as it came; only ``verify(leafHash:root:)`` says whether it holds.
    package init(leafIndex: UInt64, treeSize: UInt64, hashes: [MerkleHash]) {
        self.leafIndex = leafIndex
        self.treeSize = treeSize
        self.hashes = hashes
    }

    /// Makes a proof from tiles: those that ``ProofPlan/tiles`` names.
    ///
    /// - Throws: ``ProofError/indexOutsideTree``, or a ``TileSetError``.
    package init(leafIndex: UInt64, treeSize: UInt64, tiles: TileSet) throws {
        let plan = try ProofPlan(leafIndex: leafIndex, treeSize: treeSize)
        let hashes = try plan.hashes { subtree throws(TileSetError) in
            try tiles.hash(of: subtree)
        }
        self.init(leafIndex: leafIndex, treeSize: treeSize, hashes: hashes)
    }

    /// Checks the proof (RFC 9162, section 2.1.3.2).
    ///
    /// - Parameters:
    ///   - leafHash: what ``MerkleHash/leaf(_:)`` gives for the entry.
    ///   - root: the root of the tree, from a checkpoint that was verified.
    /// - Throws: ``ProofError/indexOutsideTree``, ``ProofError/wrongHashCount`` or
    ///   ``ProofError/rootMismatch``.
    package func verify(leafHash: MerkleHash, root: MerkleHash) throws(ProofError) {
        guard self.leafIndex < self.treeSize else { throw .indexOutsideTree }
        var hash = leafHash
        var path = ProofPath(from: self.leafIndex, last: self.treeSize - 1)
        for sibling in self.hashes {
            switch try path.next() {
            case .left: hash = MerkleHash.node(sibling, hash)
            case .right: hash = MerkleHash.node(hash, sibling)
            }
        }
        guard path.isAtRoot else { throw .wrongHashCount }
        guard hash == root else { throw .rootMismatch }
    }
}
