import Testing
import TransparencyLog

@Suite("Sets of tiles")
struct TileSetTests {
    private let tree = ReferenceTree(entryCount: 600)

    @Test("Each complete subtree that a tile covers has the root of the definition")
    func subtrees() throws {
        let tiles = TileSet(self.tree.tiles(size: 600))
        for level in 0..<10 {
            for index in 0..<600 >> level {
                let subtree = try #require(Subtree(level: level, index: UInt64(index)))
                let leaves = index << level..<(index + 1) << level
                #expect(try tiles.hash(of: subtree) == self.tree.root(leaves))
            }
            // The next one would reach beyond the last leaf.
            let beyond = UInt64(600 >> level)
            let subtree = try #require(Subtree(level: level, index: beyond))
            let tile = (level: level / 8, index: beyond >> (8 - level % 8))
            #expect(throws: TileSetError.missingTile(level: tile.level, index: tile.index)) {
                try tiles.hash(of: subtree)
            }
        }
    }

    @Test("A tile knows nothing of subtrees of other tiles or levels")
    func otherTiles() throws {
        let tile = try #require(self.tree.tiles(size: 600).first)
        #expect((tile.level, tile.index) == (0, 0))
        for (level, index): (Int, UInt64) in [(0, 256), (7, 2), (8, 0), (16, 0), (63, 1)] {
            #expect(tile.hash(of: try #require(Subtree(level: level, index: index))) == nil)
        }
    }

    @Test("Of two tiles with one place the wider one is kept, whichever comes first")
    func widerTile() throws {
        let wide = try #require(self.tree.tile(TileAddress(.hashes(level: 0), index: 0)!))
        let narrow = try #require(Tile(level: 0, index: 0, hashes: Array(wide.hashes.prefix(3))))
        let last = try #require(Subtree(level: 0, index: 255))
        #expect(try TileSet([wide, narrow]).hash(of: last) == wide.hashes[255])
        #expect(try TileSet([narrow, wide]).hash(of: last) == wide.hashes[255])
        #expect(throws: TileSetError.missingTile(level: 0, index: 0)) {
            try TileSet([narrow]).hash(of: last)
        }
    }

    @Test("A proof whose tiles are not all there is not made, and says which one is missing")
    func missingTile() throws {
        let plan = try ProofPlan(leafIndex: 300, treeSize: 600)
        let tiles = try plan.tiles.map { try #require(self.tree.tile($0)) }
        #expect(plan.tiles.map(\.path) == ["tile/0/001", "tile/1/000.p/2", "tile/0/002.p/88"])
        for missing in tiles.indices {
            var kept = tiles
            let tile = kept.remove(at: missing)
            #expect(throws: TileSetError.missingTile(level: tile.level, index: tile.index)) {
                try InclusionProof(leafIndex: 300, treeSize: 600, tiles: TileSet(kept))
            }
        }
    }
}
