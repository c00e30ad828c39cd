/// The hashes of a tile: the roots of neighbouring complete subtrees of 256^level leaves.
package struct Tile: Sendable, Hashable {
    /// The level of the tile, 0 to 63.
    package let level: Int
    /// Which tile of its level, from 0.
    package let index: UInt64
    /// From left to right, 1 to 256.
    package let hashes: [MerkleHash]

    /// Makes a tile; `nil` if the level or the number of hashes is out of its range.
    package init?(level: Int, index: UInt64, hashes: [MerkleHash]) {
        guard TileAddress(.hashes(level: level), index: index, width: hashes.count) != nil
        else { return nil }
        self.init(uncheckedLevel: level, index: index, hashes: hashes)
    }

    /// Takes a tile's bytes, as ``bytes`` gives them; `nil` unless they are 1 to 256 whole hashes.
    package init?(level: Int, index: UInt64, bytes: [UInt8]) {
        guard let hashes = MerkleHash.list(bytes[...]) else { return nil }
        self.init(level: level, index: index, hashes: hashes)
    }

    init(uncheckedLevel level: Int, index: UInt64, hashes: [MerkleHash]) {
        self.level = level
        self.index = index
        self.hashes = hashes
    }

    /// The hashes one after the other, 32 to 8,192 bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.hashes.count * MerkleHash.byteCount)
        for hash in self.hashes { bytes += hash.bytes }
        return bytes
    }

    /// Where the tile belongs.
    package var address: TileAddress { TileAddress(self) }

    /// The root of a complete subtree that this tile covers; `nil` if it does not cover it whole.
    package func hash(of subtree: Subtree) -> MerkleHash? {
        let height = subtree.level % TileAddress.height
        guard subtree.level / TileAddress.height == self.level,
            subtree.index >> (TileAddress.height - height) == self.index
        else { return nil }
        let first = Int(subtree.index << height & 0xFF)
        guard first + 1 << height <= self.hashes.count else { return nil }
        return MerkleHash.completeRoot(self.hashes[first..<first + 1 << height])
    }
}
