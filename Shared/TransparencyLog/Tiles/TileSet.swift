/// Tiles that were fetched, from which the hashes of subtrees are computed.
package struct TileSet: Sendable {
    private struct Place: Hashable {
        let level: Int
        let index: UInt64
    }

    private var tiles: [Place: Tile] = [:]

    /// Holds tiles; of two with the same place, the wider one.
    package init(_ tiles: some Sequence<Tile> = []) {
        for tile in tiles { self.insert(tile) }
    }

    /// Adds a tile, unless a wider one is there for the same place.
    package mutating func insert(_ tile: Tile) {
        let place = Place(level: tile.level, index: tile.index)
        if let known = self.tiles[place], known.hashes.count > tile.hashes.count { return }
        self.tiles[place] = tile
    }

    /// The root of a complete subtree.
    ///
    /// - Throws: ``TileSetError/missingTile(level:index:)`` if no tile here covers it all.
    package func hash(of subtree: Subtree) throws(TileSetError) -> MerkleHash {
        let level = subtree.level / TileAddress.height
        let index = subtree.index >> (TileAddress.height - subtree.level % TileAddress.height)
        guard let hash = self.tiles[Place(level: level, index: index)]?.hash(of: subtree)
        else { throw .missingTile(level: level, index: index) }
        return hash
    }
}

/// Why a hash could not be computed from tiles.
package enum TileSetError: Error, Equatable {
    /// The tile is not there, or not wide enough.
    case missingTile(level: Int, index: UInt64)
}
