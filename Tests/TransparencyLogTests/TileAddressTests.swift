import Testing
import TransparencyLog

@Suite("Addresses of tiles")
struct TileAddressTests {
    @Test(
        "Paths are written as tlog-tiles writes them, and read back",
        arguments: [
            ("tile/0/000", 0, 0, 256), ("tile/0/255.p/1", 0, 255, 1),
            ("tile/0/x001/x234/067", 0, 1_234_067, 256),
            ("tile/0/x001/x234/067.p/12", 0, 1_234_067, 12),
            ("tile/1/999.p/255", 1, 999, 255), ("tile/63/x001/000", 63, 1_000, 256),
            ("tile/7/x018/x446/x744/x073/x709/x551/615", 7, UInt64.max, 256),
            ("tile/entries/x123/456.p/9", -1, 123_456, 9), ("tile/entries/000", -1, 0, 256),
        ]
    )
    func paths(path: String, level: Int, index: UInt64, width: Int) throws {
        let content: TileAddress.Content = level < 0 ? .entries : .hashes(level: level)
        let address = try #require(TileAddress(content, index: index, width: width))
        #expect(address.path == path)
        #expect(TileAddress(path: path) == address)
    }

    @Test(
        "A path that is not written so is refused",
        arguments: [
            "", "/", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000",
            "tile/0/000/", "/tile/0/000", "tile/00/000", "tile/64/000", "tile/-1/000",
            "tile/+1/000", "tile/x/000", "tile/0/x000", "tile/0/x000/001", "tile/0/001/000",
            "tile/0/x001/0", "tile/0/x001/x000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0",
            "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/-1", "tile/0/000.q/1",
            "tile/0/000/1", "tile/0/00a", "tile/0/٠٠٠", "tile/entries", "tile/Entries/000",
            "tiles/0/000", "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/000.p/1/1",
            "tile/0/000.p/99999999999999999999", "tile/18446744073709551615/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/999", "tile/0/000\n",
            "tile/0/000.p/1\u{301}", "tile/0/000\0", "tile//000", "tile/0//000", ".p/1",
        ]
    )
    func refusedPaths(path: String) {
        #expect(TileAddress(path: path) == nil)
    }

    @Test("Levels and widths have their ranges")
    func ranges() {
        #expect(TileAddress(.hashes(level: 64), index: 0) == nil)
        #expect(TileAddress(.hashes(level: -1), index: 0) == nil)
        #expect(TileAddress(.entries, index: 0, width: 0) == nil)
        #expect(TileAddress(.entries, index: 0, width: 257) == nil)
        #expect(TileAddress(.hashes(level: 64), index: 0, treeSize: .max) == nil)
        #expect(TileAddress(.hashes(level: -1), index: 0, treeSize: .max) == nil)
        #expect(Tile(level: 0, index: 0, hashes: []) == nil)
        #expect(Tile(level: 64, index: 0, hashes: [.emptyTree]) == nil)
        #expect(Tile(level: 0, index: 0, bytes: Array(repeating: 0, count: 33)) == nil)
        #expect(Tile(level: 0, index: 0, bytes: Array(repeating: 0, count: 257 * 32)) == nil)
        #expect(Tile(level: 0, index: 0, bytes: []) == nil)
    }

    @Test("A tree of 70,000 leaves has the tiles that tlog-tiles counts out")
    func workedExample() {
        func width(_ level: Int, _ index: UInt64) -> Int? {
            TileAddress(.hashes(level: level), index: index, treeSize: 70_000)?.width
        }
        #expect((0..<273).allSatisfy { width(0, $0) == 256 })
        #expect(width(0, 273) == 112)
        #expect(width(0, 274) == nil)
        #expect([width(1, 0), width(1, 1), width(1, 2)] == [256, 17, nil])
        #expect([width(2, 0), width(2, 1)] == [1, nil])
        #expect(width(3, 0) == nil)
        #expect(
            RightEdge.partialTiles(size: 70_000).map(\.path)
                == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"])
        #expect(RightEdge.partialTiles(size: 256).map(\.path) == ["tile/1/000.p/1"])
        let bundle = TileAddress(.entries, index: 273, treeSize: 70_000)
        #expect(bundle?.path == "tile/entries/273.p/112")
        #expect(TileAddress(.entries, index: 274, treeSize: 70_000) == nil)
    }

    @Test("The tile of a subtree covers it, in trees of every size up to 2^64 − 1")
    func tileOfSubtree() throws {
        var generator = RandomTesting.generator("Tiles of subtrees")
        for _ in 0..<5_000 {
            let size = generator.number()
            let level = Int.random(in: 0..<64, using: &generator)
            let index = generator.number() & (.max >> level)
            let subtree = try #require(Subtree(level: level, index: index))
            let address = TileAddress(containing: subtree, treeSize: size)
            #expect((address != nil) == (index < size >> level))
            guard let address, case .hashes(let tileLevel) = address.content else { continue }
            let hashes = Array(repeating: EqualLeaves.hashes[8 * tileLevel], count: address.width)
            let tile = try #require(Tile(level: tileLevel, index: address.index, hashes: hashes))
            #expect(tile.hash(of: subtree) == EqualLeaves.hashes[level])
            #expect(tile.address == address)
        }
    }
}
