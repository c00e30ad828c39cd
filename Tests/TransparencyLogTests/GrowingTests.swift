import Testing
import TransparencyLog

@Suite("Growing trees of tiles", .timeLimit(.minutes(10)))
struct GrowingTests {
    @Test("Trees grown in steps of any length have the tiles and the root of the definition")
    func steps() throws {
        var generator = RandomTesting.generator("Growing")
        let tree = ReferenceTree(entryCount: 3_000)
        for _ in 0..<(RandomTesting.isHeavy ? 50 : 3) {
            try Self.grow(tree, through: Self.sizes(to: 3_000, using: &generator))
        }
        try Self.grow(tree, through: [0, 1, 1, 2, 255, 256, 257, 511, 512, 513, 3_000])
    }

    @Test("The boundaries of tiles at 256 and 65,536 leaves are met exactly")
    func boundaries() throws {
        let tree = ReferenceTree(entryCount: 65_537)
        let sizes = [0, 255, 256, 257, 65_535, 65_536, 65_537]
        try Self.grow(tree, through: sizes)
        let edges = Dictionary(
            uniqueKeysWithValues: sizes.map { size in
                (size, RightEdge.partialTiles(size: UInt64(size)).map(\.path))
            })
        #expect(
            edges == [
                0: [], 255: ["tile/0/000.p/255"], 256: ["tile/1/000.p/1"],
                257: ["tile/0/001.p/1", "tile/1/000.p/1"],
                65_535: ["tile/0/255.p/255", "tile/1/000.p/255"],
                65_536: ["tile/2/000.p/1"], 65_537: ["tile/0/256.p/1", "tile/2/000.p/1"],
            ])
        // Proofs across the boundaries, from the tiles that their plans name and no others.
        for (old, new) in [(255, 65_537), (256, 257), (65_535, 65_536), (65_536, 65_537)] {
            let plan = try ProofPlan(oldSize: UInt64(old), newSize: UInt64(new))
            let tiles = try Self.fetch(plan, tree)
            #expect(plan.tiles.count <= 5)
            let proof = try ConsistencyProof(
                oldSize: UInt64(old), newSize: UInt64(new), tiles: tiles)
            #expect(proof.hashes == tree.proof(old, new))
            try proof.verify(oldRoot: tree.root(0..<old), newRoot: tree.root(0..<new))
        }
        for index in [0, 255, 256, 65_535, 65_536] {
            let plan = try ProofPlan(leafIndex: UInt64(index), treeSize: 65_537)
            let proof = try InclusionProof(
                leafIndex: UInt64(index), treeSize: 65_537, tiles: Self.fetch(plan, tree))
            #expect(proof.hashes == tree.path(index, 0..<65_537))
            try proof.verify(leafHash: tree.root(index..<index + 1), root: tree.root(0..<65_537))
        }
    }

    @Test("An edge is restored from tiles that were filled further since")
    func restoringFromWiderTiles() throws {
        let tree = ReferenceTree(entryCount: 600)
        let tiles = tree.tiles(size: 600)
        for size in [1, 255, 256, 300, 511, 512, 599] {
            let edge = try RightEdge(size: UInt64(size)) { address in
                try #require(
                    tiles.first { tile in
                        tile.index == address.index && .hashes(level: tile.level) == address.content
                    })
            }
            #expect(edge.root == tree.root(0..<size))
        }
    }

    @Test("An edge is not restored from other tiles, or from narrower ones")
    func wrongTiles() throws {
        let tree = ReferenceTree(entryCount: 600)
        let address = try #require(TileAddress(.hashes(level: 0), index: 2, width: 88))
        let hashes = (512..<600).map { tree.root($0..<$0 + 1) }
        for tile in [
            Tile(level: 0, index: 1, hashes: hashes), Tile(level: 1, index: 2, hashes: hashes),
            Tile(level: 0, index: 2, hashes: hashes.dropLast()),
        ] {
            #expect(throws: TileError.wrongTile(address)) {
                try RightEdge(size: 600) { _ in try #require(tile) }
            }
        }
    }

    @Test("Tiles up to 2^64 − 1 leaves are named, and the tree then takes no more")
    func fullTree() throws {
        var edge = try RightEdge(size: .max) { address in
            guard case .hashes(let level) = address.content else { throw TileError.treeFull }
            let hashes = Array(repeating: EqualLeaves.hashes[8 * level], count: address.width)
            return try #require(Tile(level: level, index: address.index, hashes: hashes))
        }
        #expect(edge.compactRange == (try EqualLeaves.tree(size: .max)))
        #expect(edge.tiles.count == 8)
        #expect(throws: TileError.treeFull) { try edge.append([EqualLeaves.leaf]) }
        #expect(edge.size == .max)
        let spans = TileSpan.changed(from: 0, to: .max)
        #expect(spans.map(\.level) == Array(0..<8))
        #expect(spans.allSatisfy { $0.lastWidth == 255 })
        #expect(spans[0].indices == 0...(.max >> 8))
        #expect(TileSpan.changed(from: .max, to: .max) == [])
        #expect(TileSpan.changed(from: .max, to: 0) == [])
    }

    /// Grows a tree and compares everything with the definition after each step.
    private static func grow(_ tree: ReferenceTree, through sizes: [Int]) throws {
        var edge = RightEdge()
        var files: [TileAddress: Tile] = [:]
        for (old, new) in zip([0] + sizes, sizes) {
            let added = (old..<new).map { tree.root($0..<$0 + 1) }
            let changed = try edge.append(added)
            let spans = TileSpan.changed(from: UInt64(old), to: UInt64(new))
            try #require(changed.map(\.address) == spans.flatMap(\.addresses), "\(old) to \(new)")
            for tile in changed { files[tile.address] = tile }
            try #require(edge.root == tree.root(0..<new), "\(old) to \(new)")
            #expect(edge.tiles.map(\.address) == RightEdge.partialTiles(size: UInt64(new)))
            let restored = try RightEdge(size: UInt64(new)) { try #require(files[$0]) }
            #expect(restored == edge)
            // Whatever tiles the tree has now were written by this step or an earlier one.
            for tile in tree.tiles(size: new) {
                try #require(files[tile.address] == tile, "\(old) to \(new): \(tile.address.path)")
                #expect(tile.bytes.count == 32 * tile.address.width)
            }
        }
    }

    private static func fetch(_ plan: ProofPlan, _ tree: ReferenceTree) throws -> TileSet {
        TileSet(try plan.tiles.map { try #require(tree.tile($0)) })
    }

    private static func sizes(to end: Int, using generator: inout SeededGenerator) -> [Int] {
        var sizes = [0]
        while sizes[sizes.count - 1] < end {
            let step = Int(generator.number() & 0x1FF)
            sizes.append(min(end, sizes[sizes.count - 1] + step))
        }
        return sizes
    }
}

extension TileSpan {
    /// Each tile, at its new width.
    fileprivate var addresses: [TileAddress] {
        self.indices.compactMap { index in
            TileAddress(
                .hashes(level: self.level), index: index,
                width: index == self.indices.upperBound ? self.lastWidth : 256)
        }
    }
}
