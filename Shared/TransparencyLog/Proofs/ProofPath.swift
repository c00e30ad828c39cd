/// The way from a node of a tree up to its root, over every level at which the node has a sibling.
///
/// The variables `fn` and `sn` of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
struct ProofPath {
    /// On which side of the path the next sibling stands.
    enum Side { case left, right }

    private var index: UInt64
    private var last: UInt64

    /// Begins at a node.
    ///
    /// - Parameters:
    ///   - index: which node of its level, at most `last`.
    ///   - last: the index of the last node of that level.
    init(from index: UInt64, last: UInt64) {
        self.index = index
        self.last = last
    }

    /// Whether there is nothing above.
    var isAtRoot: Bool { self.last == 0 }

    /// Goes up past the next sibling, and says on which side it stands.
    ///
    /// - Throws: ``ProofError/wrongHashCount`` at the root.
    mutating func next() throws(ProofError) -> Side {
        guard self.last > 0 else { throw .wrongHashCount }
        let isLeft = self.index & 1 == 1 || self.index == self.last
        // The last node of an uneven level has no sibling there and rises as it is.
        if isLeft { self.rise(by: self.index.trailingZeroBitCount) }
        self.rise(by: 1)
        return isLeft ? .left : .right
    }

    /// Goes up levels at which the node has no sibling, or none that a proof names.
    mutating func rise(by levels: Int) {
        self.index >>= levels
        self.last >>= levels
    }
}
