/// A claim that a tree is another one with leaves appended, and the hashes that prove it
/// (RFC 9162, section 2.1.4).
package struct ConsistencyProof: Sendable, Hashable {
    /// How many leaves the older tree has.
    package let oldSize: UInt64
    /// How many leaves the newer tree has.
    package let newSize: UInt64
    /// From the lower levels to the upper; at most 65 in a proof that verifies.
    package let hashes: [MerkleHash]

    /// Takes a claim as it came; only ``verify(oldRoot:newRoot:)`` says whether it holds.
    package init(oldSize: UInt64, newSize: UInt64, hashes: [MerkleHash]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
    }

    /// Makes a proof from tiles: those that ``ProofPlan/tiles`` names.
    ///
    /// - Throws: ``ProofError/emptyTree``, ``ProofError/sizesOutOfOrder``, or a ``TileSetError``.
    package init(oldSize: UInt64, newSize: UInt64, tiles: TileSet) throws {
        let plan = try ProofPlan(oldSize: oldSize, newSize: newSize)
        let hashes = try plan.hashes { subtree throws(TileSetError) in
            try tiles.hash(of: subtree)
        }
        self.init(oldSize: oldSize, newSize: newSize, hashes: hashes)
    }

    /// Checks the proof (RFC 9162, section 2.1.4.2).
    ///
    /// Between trees of one size it holds if the roots are equal and there are no hashes.
    ///
    /// - Parameters:
    ///   - oldRoot: the root of the older tree, from a checkpoint that was verified.
    ///   - newRoot: the root of the newer tree, likewise.
    /// - Throws: ``ProofError/emptyTree`` if the older tree has no leaves: its root says nothing
    ///   of later ones; ``ProofError/sizesOutOfOrder``, ``ProofError/wrongHashCount``,
    ///   ``ProofError/oldRootMismatch`` or ``ProofError/rootMismatch``.
    package func verify(oldRoot: MerkleHash, newRoot: MerkleHash) throws(ProofError) {
        guard self.oldSize > 0 else { throw .emptyTree }
        guard self.oldSize <= self.newSize else { throw .sizesOutOfOrder }
        guard self.oldSize < self.newSize else {
            guard self.hashes.isEmpty else { throw .wrongHashCount }
            guard oldRoot == newRoot else { throw .rootMismatch }
            return
        }
        // Both trees are built from the largest complete subtree at the end of the older one.  If
        // that is the whole older tree, its root is known and not part of the proof.
        let isComplete = self.oldSize.nonzeroBitCount == 1
        var siblings = self.hashes[...]
        guard let start = isComplete ? oldRoot : siblings.popFirst() else { throw .wrongHashCount }
        var (oldHash, newHash) = (start, start)
        var path = ProofPath(from: self.oldSize - 1, last: self.newSize - 1)
        path.rise(by: self.oldSize.trailingZeroBitCount)
        for sibling in siblings {
            switch try path.next() {
            case .left:
                oldHash = MerkleHash.node(sibling, oldHash)
                newHash = MerkleHash.node(sibling, newHash)
            case .right:
                // What stands to the right came later: the older tree does not have it.
                newHash = MerkleHash.node(newHash, sibling)
            }
        }
        guard path.isAtRoot else { throw .wrongHashCount }
        guard oldHash == oldRoot else { throw .oldRootMismatch }
        guard newHash == newRoot else { throw .rootMismatch }
    }
}
