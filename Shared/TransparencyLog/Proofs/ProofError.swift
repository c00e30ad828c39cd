/// Why a proof was refused, or cannot be made.
package enum ProofError: Error, Equatable {
    /// The leaf's index is not less than the size of the tree.
    case indexOutsideTree
    /// The older tree is larger than the newer one.
    case sizesOutOfOrder
    /// Nothing can be proved of the empty tree: every tree is consistent with it.
    case emptyTree
    /// A proof for these sizes has more or fewer hashes.
    case wrongHashCount
    /// The hashes lead to another root than the older tree's.
    case oldRootMismatch
    /// The hashes lead to another root than the tree's.
    case rootMismatch
}
