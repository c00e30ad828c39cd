/// Neighbouring tiles of one level that an append creates or replaces.
package struct TileSpan: Sendable, Hashable {
    /// The level of the tiles, 0 to 7.
    package let level: Int
    /// Their indices.
    ///
    /// The first may replace a partial tile; all between the ends are new.
    package let indices: ClosedRange<UInt64>
    /// How wide the last of them is, 1 to 256; the others are full.
    package let lastWidth: Int

    /// Which tiles change when a tree grows (C2SP tlog-tiles, “Partial Tiles”).
    ///
    /// The bundles of entries that change are those of level 0.
    ///
    /// - Parameters:
    ///   - oldSize: how many leaves the tree has.
    ///   - newSize: how many it will have.  Not more than before gives no tiles.
    /// - Returns: at most one span for each level, from level 0 upwards.
    package static func changed(from oldSize: UInt64, to newSize: UInt64) -> [TileSpan] {
        guard newSize > oldSize else { return [] }
        return (0..<8).compactMap { level in
            let shift = level * TileAddress.height
            let (oldCount, newCount) = (oldSize >> shift, newSize >> shift)
            guard newCount > oldCount else { return nil }
            let last = (newCount - 1) >> TileAddress.height
            return TileSpan(
                level: level,
                indices: oldCount >> TileAddress.height...last,
                lastWidth: Int((newCount - 1) & 0xFF) + 1)
        }
    }
}
