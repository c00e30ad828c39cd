/// The partial tiles at the right edge of a tree, from which it can grow.
///
/// At most 255 hashes for each of the 8 levels, however many leaves the tree has.  Where all that
/// is kept of a tree is its tiles, this goes on from them.
package struct RightEdge: Sendable, Hashable {
    /// How many leaves the tree has.
    package private(set) var size: UInt64
    // By level; each has as many hashes as the partial tile of that level, which may be none.
    private var partials: [[MerkleHash]]

    /// How many levels of tiles a tree of up to 2^64 − 1 leaves has.
    private static let levelCount = 8

    /// The edge of the tree without leaves.
    package init() {
        self.size = 0
        self.partials = Array(repeating: [], count: Self.levelCount)
    }

    /// Goes on with a tree.
    ///
    /// The tiles are believed; compare ``root`` with the root of a checkpoint.
    ///
    /// - Parameters:
    ///   - size: how many leaves the tree has.
    ///   - tile: gives the tile at an address, or one that has been filled further since; called
    ///     for each partial tile of a tree of that size.
    /// - Throws: ``TileError/wrongTile`` if a tile is another one or too narrow, and what `tile`
    ///   throws.
    package init(size: UInt64, tile: (TileAddress) throws -> Tile) throws {
        self.init()
        self.size = size
        for address in Self.partialTiles(size: size) {
            let found = try tile(address)
            guard case .hashes(let level) = address.content, found.level == level,
                found.index == address.index, found.hashes.count >= address.width
            else { throw TileError.wrongTile(address) }
            self.partials[level] = Array(found.hashes.prefix(address.width))
        }
    }

    /// Which partial tiles a tree has: at most one for each level, from level 0 upwards.
    package static func partialTiles(size: UInt64) -> [TileAddress] {
        (0..<Self.levelCount).compactMap { level in
            TileAddress(
                .hashes(level: level), index: Self.partialIndex(size: size, level: level),
                treeSize: size)
        }
    }

    private static func partialIndex(size: UInt64, level: Int) -> UInt64 {
        size >> ((level + 1) * TileAddress.height)
    }

    /// Appends leaves.
    ///
    /// - Parameter leafHashes: what ``MerkleHash/leaf(_:)`` gives for each entry.
    /// - Returns: every tile that is new or replaces a narrower one, at its new width, by level and
    ///   index: those of ``TileSpan/changed(from:to:)``.
    /// - Throws: ``TileError/treeFull``, and nothing was appended, if the tree would have more than
    ///   2^64 − 1 leaves.
    package mutating func append(_ leafHashes: [MerkleHash]) throws(TileError) -> [Tile] {
        let (newSize, isTooLarge) = self.size.addingReportingOverflow(UInt64(leafHashes.count))
        guard !isTooLarge else { throw .treeFull }
        var changed: [Tile] = []
        var added = leafHashes
        for level in 0..<Self.levelCount where !added.isEmpty {
            var index = Self.partialIndex(size: self.size, level: level)
            var rest = added[...]
            added = []
            while !rest.isEmpty {
                let room = TileAddress.fullWidth - self.partials[level].count
                self.partials[level] += rest.prefix(room)
                rest = rest.dropFirst(room)
                let hashes = self.partials[level]
                changed.append(Tile(uncheckedLevel: level, index: index, hashes: hashes))
                guard hashes.count == TileAddress.fullWidth else { break }
                added.append(MerkleHash.completeRoot(hashes[...]))
                self.partials[level] = []
                index += 1
            }
        }
        self.size = newSize
        return changed
    }
}

extension RightEdge {
    /// The partial tiles themselves, from level 0 upwards.
    package var tiles: [Tile] {
        self.partials.enumerated().compactMap { level, hashes in
            let index = Self.partialIndex(size: self.size, level: level)
            return Tile(level: level, index: index, hashes: hashes)
        }
    }

    /// The roots of the tree's complete subtrees.
    package var compactRange: CompactRange {
        var roots: [MerkleHash] = []
        for hashes in self.partials.reversed() {
            var rest = hashes[...]
            for level in (0..<TileAddress.height).reversed() where hashes.count >> level & 1 == 1 {
                roots.append(MerkleHash.completeRoot(rest.prefix(1 << level)))
                rest = rest.dropFirst(1 << level)
            }
        }
        return CompactRange(uncheckedSize: self.size, hashes: roots)
    }

    /// The root of the tree (RFC 6962, section 2.1).
    package var root: MerkleHash { self.compactRange.root }
}

/// Why tiles were refused.
package enum TileError: Error, Equatable {
    /// Nothing, another tile or a narrower one stands where this one should.
    case wrongTile(TileAddress)
    /// The tree has as many leaves as 64 bits can count.
    case treeFull
}
