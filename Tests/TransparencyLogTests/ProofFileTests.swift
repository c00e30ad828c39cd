import Testing
import TransparencyLog

@Suite("Proof files")
struct ProofFileTests {
    private let entry = ReferenceTree.entry(700)
    private let policy: CheckpointPolicy
    private let file: ProofFile

    init() throws {
        let tree = ReferenceTree(entryCount: 1_000)
        let (log, witness) = (try Keys.log(), try Keys.witness(1))
        let checkpoint = try Checkpoint(
            origin: "log.example/audit", size: 1_000, root: tree.root(0..<1_000))
        var note = try checkpoint.signed(by: log)
        try note.add(witness.sign(note.text, timestamp: 1_700_000_000))
        let proof = try InclusionProof(
            leafIndex: 700, treeSize: 1_000, tiles: TileSet(tree.tiles(size: 1_000)))
        self.file = try ProofFile(index: 700, hashes: proof.hashes, checkpoint: note)
        self.policy = try CheckpointPolicy(
            origin: "log.example/audit", logKeys: [log.verifierKey],
            witnessKeys: [witness.verifierKey], requiredWitnessCount: 1)
    }

    @Test("A proof is written as the specification shows, read back, and verified")
    func wholeFile() throws {
        let lines = String(decoding: self.file.bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 2 + 10 + 1 + 3 + 1 + 2 + 1)
        #expect(lines[0] == "c2sp.org/tlog-proof@v1")
        #expect(lines[1] == "index 700")
        #expect(lines[2...11].map { MerkleHash(base64: String($0)) } == self.file.hashes)
        #expect(lines[12] == "" && lines[13] == "log.example/audit" && lines[14] == "1000")
        let read = try ProofFile(parsing: self.file.bytes)
        #expect(read.bytes == self.file.bytes)
        #expect(read.extra == nil)
        let verified = try read.verify(leafHash: .leaf(self.entry), policy: self.policy)
        #expect(verified.checkpoint.size == 1_000)
        #expect(verified.signers.count == 2)
    }

    @Test("A proof says nothing of another entry or under another policy")
    func otherEntry() throws {
        #expect(throws: ProofError.rootMismatch) {
            try self.file.verify(leafHash: .leaf([]), policy: self.policy)
        }
        let stranger = try CheckpointPolicy(
            origin: self.policy.origin,
            logKeys: [try Keys.signing("log.example/audit", seed: 2).verifierKey])
        #expect(throws: NoteError.unknownSigners) {
            try self.file.verify(leafHash: .leaf(self.entry), policy: stranger)
        }
        let other = try ProofFile(
            index: 701, hashes: self.file.hashes, checkpoint: self.file.checkpoint)
        #expect(throws: ProofError.rootMismatch) {
            try other.verify(leafHash: .leaf(self.entry), policy: self.policy)
        }
        let outside = try ProofFile(
            index: .max, hashes: self.file.hashes, checkpoint: self.file.checkpoint)
        #expect(throws: ProofError.indexOutsideTree) {
            try outside.verify(leafHash: .leaf(self.entry), policy: self.policy)
        }
    }

    @Test("Extra data comes back, if there is any", arguments: [nil, [], [0], [1, 2, 3]])
    func extra(bytes: [UInt8]?) throws {
        let file = try ProofFile(
            extra: bytes, index: 0, hashes: [], checkpoint: self.file.checkpoint)
        let read = try ProofFile(parsing: file.bytes)
        #expect(read.extra == bytes)
        #expect(read.bytes == file.bytes)
        #expect(read.hashes == [])
    }

    @Test(
        "What is no proof is refused",
        arguments: [
            "", "\n", "\n\n", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n",
            "c2sp.org/tlog-proof@v1\nindex\n\n", "c2sp.org/tlog-proof@v1\nindex \n\n",
            "c2sp.org/tlog-proof@v1\nindex 01\n\n", "c2sp.org/tlog-proof@v1\nindex -1\n\n",
            "c2sp.org/tlog-proof@v1\nindex 18446744073709551616\n\n",
            "c2sp.org/tlog-proof@v1\nindex 0\nindex 0\n\n",
            "c2sp.org/tlog-proof@v1\nindex 0\nextra AA==\n\n",
            "c2sp.org/tlog-proof@v1\nextra AA\nindex 0\n\n",
            "c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 0\n\n",
            "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n",
            "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n", "index 0\n\n",
            "c2sp.org/tlog-proof@v1\nindex 0\n\n\n",
        ]
    )
    func refused(head: String) {
        let bytes = Array(head.utf8) + self.file.checkpoint.bytes
        #expect(throws: (any Error).self) {
            try ProofFile(parsing: bytes).verify(leafHash: .leaf(self.entry), policy: self.policy)
        }
    }

    @Test("A proof has at most 64 hashes")
    func hashLimit() throws {
        for count in [64, 65, 70, 1_000] {
            let hashes = Array(repeating: MerkleHash.emptyTree, count: count)
            let lines = hashes.map { $0.base64 + "\n" }.joined()
            let bytes =
                Array("c2sp.org/tlog-proof@v1\nindex 0\n\(lines)\n".utf8)
                + self.file.checkpoint.bytes
            if count == 64 {
                #expect(try ProofFile(parsing: bytes).hashes == hashes)
            } else {
                #expect(throws: ProofFileError.tooLarge) { try ProofFile(parsing: bytes) }
                #expect(throws: ProofFileError.tooLarge) {
                    try ProofFile(index: 0, hashes: hashes, checkpoint: self.file.checkpoint)
                }
            }
        }
    }

    @Test("A proof with any one bit flipped is not verified")
    func flippedBit() throws {
        let bytes = self.file.bytes
        let leaf = MerkleHash.leaf(self.entry)
        var generator = RandomTesting.generator("Flipped proof files")
        for index in (0..<bytes.count * 8).shuffled(using: &generator)
            .prefix(RandomTesting.isHeavy ? .max : 1_000)
        {
            var flipped = bytes
            flipped[index / 8] ^= 1 << (index % 8)
            #expect(throws: (any Error).self, "bit \(index)") {
                try ProofFile(parsing: flipped).verify(leafHash: leaf, policy: self.policy)
            }
        }
    }

    @Test("Random mutations never trap, and none is verified unless it is the same proof")
    func mutations() throws {
        var generator = RandomTesting.generator("Proof files")
        let leaf = MerkleHash.leaf(self.entry)
        for _ in 0..<(RandomTesting.isHeavy ? 100_000 : 2_000) {
            let bytes = Mutation.apply(to: self.file.bytes, using: &generator)
            guard let read = try? ProofFile(parsing: bytes) else { continue }
            #expect(read.bytes == bytes)
            guard (try? read.verify(leafHash: leaf, policy: self.policy)) != nil else { continue }
            #expect(read.index == 700 && read.hashes == self.file.hashes)
            #expect(read.checkpoint.text == self.file.checkpoint.text)
        }
    }
}
