/// Bounds on one CBOR item that comes from a peer.
///
/// They protect the reader's memory and stack: nothing is allocated on the word of a declared
/// count before that count has been compared with these bounds and with the bytes that are there.
package struct CBORLimits: Sendable, Hashable {
    /// The deepest nesting of arrays, maps and tags.
    ///
    /// A scalar at the top has depth 0.
    package let depth: Int

    /// The greatest number of data items in all: every scalar, key, array, map and tag counts one.
    package let itemCount: Int

    /// The greatest `depth` that can be asked for, so that recursion stays within a thread's stack.
    package static let greatestDepth = 256

    /// Depth 32 and 65,536 items.
    package static let standard = CBORLimits()

    /// Makes bounds; `depth` is clamped to 0…256 and `itemCount` to 1…2³¹ − 1.
    package init(depth: Int = 32, itemCount: Int = 65_536) {
        self.depth = min(max(depth, 0), Self.greatestDepth)
        self.itemCount = min(max(itemCount, 1), Int(Int32.max))
    }
}
