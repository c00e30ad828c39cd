/// A complete subtree of a log's Merkle tree: 2^level leaves, of which the first is
/// `index << level`.
///
/// Its hash never changes once its leaves are there, so it can be stored and looked up.
package struct Subtree: Sendable, Hashable {
    /// The height over the leaves, 0 to 63; a leaf is a subtree of level 0.
    package let level: Int
    /// Which subtree of its level, from 0.
    package let index: UInt64

    /// Names a subtree; `nil` if the level is not 0 to 63 or a leaf's index would not fit 64 bits.
    package init?(level: Int, index: UInt64) {
        guard (0...63).contains(level), index <= UInt64.max >> level else { return nil }
        self.init(uncheckedLevel: level, index: index)
    }

    private init(uncheckedLevel level: Int, index: UInt64) {
        self.level = level
        self.index = index
    }

    /// The complete subtrees that together cover leaves, from left to right, the largest first.
    ///
    /// - Parameter leaves: not empty, beginning at a multiple of the next power of two that is at
    ///   least their number, as all ranges do that RFC 6962 splits a tree into.
    /// - Returns: one subtree for each set bit of the number of leaves, so at most 64.
    static func covering(_ leaves: Range<UInt64>) -> [Subtree] {
        let count = leaves.upperBound - leaves.lowerBound
        var start = leaves.lowerBound
        return (0..<64).reversed().compactMap { level in
            guard count >> level & 1 == 1 else { return nil }
            // Wraps to 0 after a last leaf of index 2^64 − 1, where nothing follows.
            defer { start &+= 1 << level }
            return Subtree(uncheckedLevel: level, index: start >> level)
        }
    }
}
