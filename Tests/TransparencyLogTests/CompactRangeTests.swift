import Testing
import TransparencyLog

@Suite("Compact ranges")
struct CompactRangeTests {
    @Test("The roots of all sizes to 1,025 are those of the recursive definition")
    func roots() throws {
        let tree = ReferenceTree(entryCount: 1_025)
        var range = CompactRange()
        for size in 0...1_025 {
            try #require(range.root == tree.root(0..<size), "size \(size)")
            #expect(range.size == UInt64(size))
            #expect(range.hashes.count == size.nonzeroBitCount)
            if size < 1_025 { try range.append(.leaf(ReferenceTree.entry(size))) }
        }
    }

    @Test("A serialised range is restored, and grows on as if nothing had been")
    func restoring() throws {
        var range = CompactRange()
        for index in 0..<300 {
            #expect(range.serialized.count == 8 + 32 * index.nonzeroBitCount)
            var restored = try CompactRange(
                serialized: range.serialized, size: range.size, root: range.root)
            #expect(restored == range)
            try restored.append(.leaf(ReferenceTree.entry(index)))
            try range.append(.leaf(ReferenceTree.entry(index)))
            #expect(restored == range)
        }
    }

    @Test("Serialised bytes with any one bit flipped are refused")
    func damagedBit() throws {
        let range = try Self.range(size: 13)
        for bit in 0..<range.serialized.count * 8 {
            var bytes = range.serialized
            bytes[bit / 8] ^= 1 << (bit % 8)
            let error: CompactRangeError = bit < 64 ? .otherSize : .rootMismatch
            #expect(throws: error) {
                try CompactRange(serialized: bytes, size: range.size, root: range.root)
            }
        }
    }

    @Test("A range of another size is refused, even if it gives the same root")
    func otherSize() throws {
        let range = try Self.range(size: 5)
        var bytes = range.serialized
        bytes[7] = 6
        #expect(try CompactRange(size: 6, hashes: range.hashes).root == range.root)
        #expect(throws: CompactRangeError.otherSize) {
            try CompactRange(serialized: bytes, size: 5, root: range.root)
        }
    }

    @Test("Serialised bytes cut short or with bytes behind them are refused")
    func wrongLength() throws {
        let range = try Self.range(size: 13)
        for count in 0..<range.serialized.count {
            #expect(throws: CompactRangeError.wrongByteCount) {
                let bytes = Array(range.serialized.prefix(count))
                return try CompactRange(serialized: bytes, size: range.size, root: range.root)
            }
        }
        #expect(throws: CompactRangeError.wrongByteCount) {
            try CompactRange(serialized: range.serialized + [0], size: range.size, root: range.root)
        }
        #expect(throws: CompactRangeError.wrongByteCount) {
            try CompactRange(
                serialized: range.serialized + range.root.bytes, size: range.size, root: range.root)
        }
    }

    @Test(
        "A range has one hash for each set bit of its size",
        arguments: [0, 1, 2, 3, 7, UInt64.max]
    )
    func hashCount(size: UInt64) throws {
        for count in [0, 1, 2, 3, 4, 63, 64, 65] where count != size.nonzeroBitCount {
            #expect(throws: CompactRangeError.wrongHashCount) {
                try CompactRange(size: size, hashes: Array(repeating: .emptyTree, count: count))
            }
        }
    }

    @Test("A tree takes leaves up to 2^64 − 1, and then no more")
    func fullTree() throws {
        var range = try EqualLeaves.tree(size: .max - 1)
        try range.append(EqualLeaves.leaf)
        #expect(range == (try EqualLeaves.tree(size: .max)))
        #expect(range.hashes.count == 64)
        #expect(throws: CompactRangeError.treeFull) { try range.append(EqualLeaves.leaf) }
        #expect(range == (try EqualLeaves.tree(size: .max)))
    }

    private static func range(size: Int) throws -> CompactRange {
        var range = CompactRange()
        for index in 0..<size { try range.append(.leaf(ReferenceTree.entry(index))) }
        return range
    }
}
