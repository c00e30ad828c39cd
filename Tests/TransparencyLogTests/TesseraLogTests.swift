import FoundationEssentials
import Testing
import TransparencyLog

/// The log that transparency-dev/tessera keeps in `testdata/log`, read from the folder that
/// `STEWARD_TEST_VECTORS` names.
@Suite(
    "A log that another implementation wrote",
    .enabled(
        if: TestVectors.folder != nil,
        "STEWARD_TEST_VECTORS names no folder: another implementation's log isn't tested")
)
struct TesseraLogTests {
    private func policy() throws -> CheckpointPolicy {
        try CheckpointPolicy(
            origin: "example.com/log/testdata",
            logKeys: [
                try NoteVerifierKey(
                    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
                )
            ])
    }

    private func checkpoint(_ name: String) throws -> (bytes: [UInt8], value: Checkpoint) {
        let bytes = try TestVectors.bytes("tessera-log/" + name)
        return (bytes, try self.policy().verify(SignedNote(parsing: bytes)).checkpoint)
    }

    @Test("The newest checkpoint is that of 15 leaves")
    func newest() throws {
        #expect(try self.checkpoint("checkpoint").bytes == self.checkpoint("checkpoint.15").bytes)
    }

    @Test("Each checkpoint is verified, and written again as it was", arguments: 0...15)
    func checkpoints(size: Int) throws {
        let (bytes, checkpoint) = try self.checkpoint("checkpoint.\(size)")
        #expect(checkpoint.size == UInt64(size))
        #expect(checkpoint.extensions == [])
        let note = try SignedNote(parsing: bytes)
        #expect(note.bytes == bytes)
        #expect(note.signatures.map(\.keyID.hexadecimal) == ["33d7b496"])
        #expect(note.text == checkpoint.text)
    }

    @Test("Signed again with the log's key, each checkpoint is the same", arguments: 0...15)
    func signing(size: Int) throws {
        // Published in tessera's append_lifecycle_test.go, without the byte of its type.
        let seed = try #require(
            Data(base64Encoded: "7KZj9JkBfSNlwnx6dnkVjUPP7BMwvbJZKQr70NIXd6A="))
        let name = try #require(KeyName("example.com/log/testdata"))
        let key = try NoteSigningKey(name: name, seed: Array(seed))
        #expect(key.verifierKey == (try self.policy().logKeys[0]))
        let (bytes, checkpoint) = try self.checkpoint("checkpoint.\(size)")
        #expect(try checkpoint.signed(by: key).bytes == bytes)
    }

    @Test("The bundles and tiles of each size give the root that was signed", arguments: 1...15)
    func contents(size: Int) throws {
        let checkpoint = try self.checkpoint("checkpoint.\(size)").value
        let treeSize = UInt64(size)
        let path = try #require(TileAddress(.entries, index: 0, treeSize: treeSize)).path
        let file = try TestVectors.bytes("tessera-log/" + path)
        let bundle = try EntryBundle(bytes: file, width: size)
        #expect(bundle.bytes == file)
        var range = CompactRange()
        for hash in bundle.leafHashes { try range.append(hash) }
        #expect(range.root == checkpoint.root)
        var edge = RightEdge()
        let ours = try edge.append(bundle.leafHashes)
        #expect(ours.count == 1)
        for tile in ours {
            let theirs = try TestVectors.bytes("tessera-log/" + tile.address.path)
            #expect(tile.bytes == theirs)
            let read = try #require(Tile(level: tile.level, index: tile.index, bytes: theirs))
            #expect(read == tile)
            let root = try ProofPlan(rootOfSize: treeSize)
                .hashes { try TileSet([read]).hash(of: $0) }
            #expect(root == [checkpoint.root])
        }
    }

    @Test("Every leaf is in every tree after it, and every tree grew out of those before it")
    func proofs() throws {
        let bundle = try EntryBundle(
            bytes: TestVectors.bytes("tessera-log/tile/entries/000.p/15"), width: 15)
        let tile = try #require(
            Tile(
                level: 0, index: 0, bytes: TestVectors.bytes("tessera-log/tile/0/000.p/15")))
        let tiles = TileSet([tile])
        for size in UInt64(1)...15 {
            let new = try self.checkpoint("checkpoint.\(size)").value
            for index in 0..<size {
                let proof = try InclusionProof(leafIndex: index, treeSize: size, tiles: tiles)
                let leaf = MerkleHash.leaf(bundle.entries[Int(index)])
                try proof.verify(leafHash: leaf, root: new.root)
            }
            for oldSize in 1...size {
                let old = try self.checkpoint("checkpoint.\(oldSize)").value
                let proof = try ConsistencyProof(oldSize: oldSize, newSize: size, tiles: tiles)
                try proof.verify(oldRoot: old.root, newRoot: new.root)
            }
        }
    }

    @Test("A checkpoint with any one bit flipped is not verified")
    func flippedBit() throws {
        let bytes = try self.checkpoint("checkpoint.15").bytes
        let policy = try self.policy()
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: (any Error).self, "bit \(bit)") {
                try policy.verify(SignedNote(parsing: flipped))
            }
        }
    }
}
