import Testing
import TransparencyLog

@Suite("Entry bundles")
struct EntryBundleTests {
    @Test("Each entry follows its length in two bytes, the most significant first")
    func format() throws {
        let bundle = try EntryBundle(entries: [[1, 2], [], Array(repeating: 7, count: 258)])
        #expect(bundle.bytes == [0, 2, 1, 2, 0, 0, 1, 2] + Array(repeating: 7, count: 258))
        #expect(try EntryBundle(bytes: bundle.bytes, width: 3) == bundle)
        #expect(bundle.leafHashes == bundle.entries.map { MerkleHash.leaf($0) })
    }

    @Test("An entry has at most 65,535 bytes", arguments: [65_534, 65_535, 65_536])
    func largestEntry(count: Int) throws {
        let entry = [UInt8](repeating: 1, count: count)
        if count <= 65_535 {
            let bundle = try EntryBundle(entries: [entry])
            #expect(try EntryBundle(bytes: bundle.bytes, width: 1).entries == [entry])
        } else {
            #expect(throws: EntryBundleError.entryTooLarge) { try EntryBundle(entries: [entry]) }
        }
    }

    @Test("A bundle has 1 to 256 entries", arguments: [0, 1, 255, 256, 257])
    func entryCount(count: Int) throws {
        let entries = Array(repeating: [UInt8](), count: count)
        if (1...256).contains(count) {
            #expect(try EntryBundle(entries: entries).bytes.count == 2 * count)
        } else {
            #expect(throws: EntryBundleError.wrongEntryCount) { try EntryBundle(entries: entries) }
            #expect(throws: EntryBundleError.wrongEntryCount) {
                try EntryBundle(bytes: Array(repeating: 0, count: 2 * count), width: count)
            }
        }
    }

    @Test("A bundle cut short anywhere, or of another width, is refused")
    func damaged() throws {
        let bytes = try EntryBundle(entries: [[1, 2], [3], [4, 5, 6]]).bytes
        for count in 0..<bytes.count {
            #expect(throws: EntryBundleError.self) {
                try EntryBundle(bytes: Array(bytes.prefix(count)), width: 3)
            }
        }
        #expect(throws: EntryBundleError.truncated) {
            try EntryBundle(bytes: [0, 2, 1], width: 1)
        }
        for width in [-1, 0, 1, 2, 4, 256, 257] {
            #expect(throws: EntryBundleError.wrongEntryCount) {
                try EntryBundle(bytes: bytes, width: width)
            }
        }
    }

    @Test("Random bytes never trap, and what is read is what was written")
    func randomBytes() {
        var generator = RandomTesting.generator("Entry bundles")
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<40, using: &generator)
            let bytes = (0..<count).map { _ in UInt8(generator.next() & 3) }
            let width = Int.random(in: 1..<12, using: &generator)
            guard let bundle = try? EntryBundle(bytes: bytes, width: width) else { continue }
            #expect(bundle.bytes == bytes)
            #expect(bundle.entries.count == width)
        }
    }
}
