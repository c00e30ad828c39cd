import Locks
import Testing
import TransparencyLog

@Suite("Proofs", .timeLimit(.minutes(30)))
final class ProofTests {
    private static let largest = 1_025
    private let tree = ReferenceTree(entryCount: ProofTests.largest)
    private let tiles: TileSet
    private let known = Mutex<[Subtree: MerkleHash]>([:])

    init() {
        // The tiles of the largest tree hold those of all smaller ones.
        self.tiles = TileSet(self.tree.tiles(size: Self.largest))
    }

    @Test("Inclusion proofs are those of the recursive definition, and verify")
    func inclusion() throws {
        var generator = RandomTesting.generator("Inclusion proofs")
        for size in 1...Self.largest {
            for index in Self.sample(0..<size, using: &generator) {
                let proof = try self.inclusion(index, size)
                try #require(proof.hashes == self.tree.path(index, 0..<size), "\(index), \(size)")
                let leaf = self.tree.root(index..<index + 1)
                try proof.verify(leafHash: leaf, root: self.tree.root(0..<size))
            }
        }
    }

    @Test("Consistency proofs are those of the recursive definition, and verify")
    func consistency() throws {
        var generator = RandomTesting.generator("Consistency proofs")
        for new in 1...Self.largest {
            for old in Self.sample(1..<new + 1, using: &generator) {
                let proof = try self.consistency(old, new)
                try #require(proof.hashes == self.tree.proof(old, new), "\(old), \(new)")
                let (oldRoot, newRoot) = (self.tree.root(0..<old), self.tree.root(0..<new))
                try proof.verify(oldRoot: oldRoot, newRoot: newRoot)
            }
        }
    }

    @Test("An inclusion proof with any one bit flipped is refused, and so is another leaf or root")
    func flippedInclusion() throws {
        var generator = RandomTesting.generator("Flipped inclusion proofs")
        for size in Self.flippedSizes(using: &generator) {
            for index in Self.sample(0..<size, using: &generator) {
                let proof = try self.inclusion(index, size)
                let leaf = self.tree.root(index..<index + 1)
                let root = self.tree.root(0..<size)
                for bit in Self.bits(proof.hashes.count * 256, size, using: &generator) {
                    let flipped = InclusionProof(
                        leafIndex: proof.leafIndex, treeSize: proof.treeSize,
                        hashes: proof.hashes.flipping(bit: bit))
                    #expect(throws: ProofError.rootMismatch) {
                        try flipped.verify(leafHash: leaf, root: root)
                    }
                }
                for bit in Self.bits(256, size, using: &generator) {
                    #expect(throws: ProofError.rootMismatch) {
                        try proof.verify(leafHash: leaf.flipping(bit: bit), root: root)
                    }
                    #expect(throws: ProofError.rootMismatch) {
                        try proof.verify(leafHash: leaf, root: root.flipping(bit: bit))
                    }
                }
                for bit in 0..<64 {
                    let other = InclusionProof(
                        leafIndex: proof.leafIndex ^ 1 << bit, treeSize: proof.treeSize,
                        hashes: proof.hashes)
                    #expect(throws: ProofError.self) {
                        try other.verify(leafHash: leaf, root: root)
                    }
                }
            }
        }
    }

    @Test("A consistency proof with any one bit flipped is refused, and so is another root")
    func flippedConsistency() throws {
        var generator = RandomTesting.generator("Flipped consistency proofs")
        for new in Self.flippedSizes(using: &generator) {
            for old in Self.sample(1..<new + 1, using: &generator) {
                let proof = try self.consistency(old, new)
                let (oldRoot, newRoot) = (self.tree.root(0..<old), self.tree.root(0..<new))
                for bit in Self.bits(proof.hashes.count * 256, new, using: &generator) {
                    let flipped = ConsistencyProof(
                        oldSize: proof.oldSize, newSize: proof.newSize,
                        hashes: proof.hashes.flipping(bit: bit))
                    #expect(throws: ProofError.self) {
                        try flipped.verify(oldRoot: oldRoot, newRoot: newRoot)
                    }
                }
                for bit in Self.bits(256, new, using: &generator) {
                    #expect(throws: ProofError.self) {
                        try proof.verify(oldRoot: oldRoot.flipping(bit: bit), newRoot: newRoot)
                    }
                    #expect(throws: ProofError.rootMismatch) {
                        try proof.verify(oldRoot: oldRoot, newRoot: newRoot.flipping(bit: bit))
                    }
                }
            }
        }
    }

    @Test("A proof with a hash too few or too many has the wrong number of hashes")
    func hashCount() throws {
        for size in 1...20 {
            let root = self.tree.root(0..<size)
            for index in 0..<size {
                let leaf = self.tree.root(index..<index + 1)
                let hashes = try self.inclusion(index, size).hashes
                for wrong in [Array(hashes.dropLast()), hashes + [leaf], hashes + hashes + [leaf]]
                where wrong.count != hashes.count {
                    let proof = InclusionProof(
                        leafIndex: UInt64(index), treeSize: UInt64(size), hashes: wrong)
                    #expect(throws: ProofError.wrongHashCount) {
                        try proof.verify(leafHash: leaf, root: root)
                    }
                }
            }
            for old in 1...size {
                let oldRoot = self.tree.root(0..<old)
                let hashes = try self.consistency(old, size).hashes
                for wrong in [Array(hashes.dropLast()), hashes + [root], [root] + hashes]
                where wrong.count != hashes.count {
                    let proof = ConsistencyProof(
                        oldSize: UInt64(old), newSize: UInt64(size), hashes: wrong)
                    #expect(throws: ProofError.wrongHashCount) {
                        try proof.verify(oldRoot: oldRoot, newRoot: root)
                    }
                }
            }
        }
    }

    private func inclusion(_ index: Int, _ size: Int) throws -> InclusionProof {
        let plan = try ProofPlan(leafIndex: UInt64(index), treeSize: UInt64(size))
        return InclusionProof(
            leafIndex: UInt64(index), treeSize: UInt64(size), hashes: try self.hashes(plan))
    }

    private func consistency(_ old: Int, _ new: Int) throws -> ConsistencyProof {
        let plan = try ProofPlan(oldSize: UInt64(old), newSize: UInt64(new))
        return ConsistencyProof(
            oldSize: UInt64(old), newSize: UInt64(new), hashes: try self.hashes(plan))
    }

    /// Computes the hash of each subtree from its tile, but only once for all proofs.
    private func hashes(_ plan: ProofPlan) throws -> [MerkleHash] {
        try plan.hashes { subtree in
            try self.known.withLock { known in
                if let hash = known[subtree] { return hash }
                let hash = try self.tiles.hash(of: subtree)
                known[subtree] = hash
                return hash
            }
        }
    }

    /// All numbers of a small range or in a heavy run; otherwise both ends and a few between.
    private static func sample(
        _ range: Range<Int>, using generator: inout SeededGenerator
    ) -> [Int] {
        if RandomTesting.isHeavy || range.count <= 9 { return Array(range) }
        return [range.lowerBound, range.upperBound - 1]
            + (0..<3).map { _ in Int.random(in: range, using: &generator) }
    }

    private static func flippedSizes(using generator: inout SeededGenerator) -> [Int] {
        Array(1...9) + [255, 256, 257, 1_024, 1_025]
            + (0..<8).map { _ in Int.random(in: 10...Self.largest, using: &generator) }
    }

    /// All bits for small trees; otherwise a few.
    private static func bits(
        _ count: Int, _ size: Int, using generator: inout SeededGenerator
    ) -> [Int] {
        guard count > 0 else { return [] }
        if size <= (RandomTesting.isHeavy ? 9 : 3) { return Array(0..<count) }
        return (0..<4).map { _ in Int.random(in: 0..<count, using: &generator) }
    }
}
