import Testing
import TransparencyLog

@Suite("Proofs of extreme and hostile sizes")
struct HostileProofTests {
    private static let edges: [UInt64] =
        (0..<64).flatMap { bit -> [UInt64] in
            let power = UInt64(1) << bit
            return [power - 1, power, power + 1]
        } + [.max - 1, .max]

    @Test("Proofs verify in trees of any size up to 2^64 − 1", arguments: Self.edges.suffix(5))
    func extremes(size: UInt64) throws {
        let root = try EqualLeaves.tree(size: size).root
        for index in Self.edges where index < size {
            let plan = try ProofPlan(leafIndex: index, treeSize: size)
            let hashes = plan.hashes { EqualLeaves.hashes[$0.level] }
            #expect(hashes.count <= 64)
            let proof = InclusionProof(leafIndex: index, treeSize: size, hashes: hashes)
            try proof.verify(leafHash: EqualLeaves.leaf, root: root)
        }
        for old in Self.edges where old > 0 && old <= size {
            let plan = try ProofPlan(oldSize: old, newSize: size)
            let hashes = plan.hashes { EqualLeaves.hashes[$0.level] }
            #expect(hashes.count <= 65)
            let proof = ConsistencyProof(oldSize: old, newSize: size, hashes: hashes)
            try proof.verify(oldRoot: EqualLeaves.tree(size: old).root, newRoot: root)
        }
        #expect(ProofPlan(rootOfSize: size).hashes { EqualLeaves.hashes[$0.level] } == [root])
    }

    @Test("No sizes and no number of hashes trap, and none of them verifies")
    func nothingTraps() {
        var generator = RandomTesting.generator("Hostile proofs")
        let pool = (0..<100).map { _ in Self.randomHash(&generator) }
        for round in 0..<(RandomTesting.isHeavy ? 200_000 : 5_000) {
            let isEdge = round.isMultiple(of: 2)
            let one = isEdge ? Self.edges.randomElement(using: &generator)! : generator.number()
            let other = isEdge ? Self.edges.randomElement(using: &generator)! : generator.number()
            let count = Int.random(in: 0..<70, using: &generator)
            let first = Int.random(in: 0..<30, using: &generator)
            let hashes = Array(pool[first..<min(first + count, 98)])
            let (leaf, root) = (pool[98], pool[99])
            let inclusion = InclusionProof(leafIndex: one, treeSize: other, hashes: hashes)
            #expect(throws: ProofError.self) { try inclusion.verify(leafHash: leaf, root: root) }
            let consistency = ConsistencyProof(oldSize: one, newSize: other, hashes: hashes)
            #expect(throws: ProofError.self) {
                try consistency.verify(oldRoot: leaf, newRoot: root)
            }
        }
    }

    @Test("A leaf outside the tree has no inclusion proof")
    func indexOutside() {
        for size in Self.edges {
            #expect(throws: ProofError.indexOutsideTree) {
                try ProofPlan(leafIndex: size, treeSize: size)
            }
            let proof = InclusionProof(leafIndex: size, treeSize: size, hashes: [])
            #expect(throws: ProofError.indexOutsideTree) {
                try proof.verify(leafHash: .emptyTree, root: .emptyTree)
            }
        }
    }

    @Test("Nothing is consistent with the empty tree or with a larger one")
    func sizesOutOfOrder() {
        for (old, new, error): (UInt64, UInt64, ProofError) in [
            (0, 0, .emptyTree), (0, 1, .emptyTree), (0, .max, .emptyTree),
            (2, 1, .sizesOutOfOrder), (.max, 1, .sizesOutOfOrder), (1, 0, .sizesOutOfOrder),
        ] {
            #expect(throws: error) { try ProofPlan(oldSize: old, newSize: new) }
            let proof = ConsistencyProof(oldSize: old, newSize: new, hashes: [])
            #expect(throws: error) { try proof.verify(oldRoot: .emptyTree, newRoot: .emptyTree) }
        }
    }

    @Test("Between trees of one size only equal roots are consistent")
    func sameSize() throws {
        let (one, other) = (MerkleHash.leaf([1]), MerkleHash.leaf([2]))
        for size in Self.edges where size > 0 {
            let proof = ConsistencyProof(oldSize: size, newSize: size, hashes: [])
            try proof.verify(oldRoot: one, newRoot: one)
            #expect(throws: ProofError.rootMismatch) {
                try proof.verify(oldRoot: one, newRoot: other)
            }
        }
    }

    @Test("A forged older root is told from a forged newer one")
    func oldRoot() throws {
        let plan = try ProofPlan(oldSize: 6, newSize: 9)
        let hashes = plan.hashes { EqualLeaves.hashes[$0.level] }
        let proof = ConsistencyProof(oldSize: 6, newSize: 9, hashes: hashes)
        let (old, new) = (try EqualLeaves.tree(size: 6).root, try EqualLeaves.tree(size: 9).root)
        #expect(throws: ProofError.oldRootMismatch) { try proof.verify(oldRoot: new, newRoot: new) }
        #expect(throws: ProofError.rootMismatch) { try proof.verify(oldRoot: old, newRoot: old) }
    }

    @Test("A subtree lies within what 64 bits can count")
    func subtrees() {
        #expect(Subtree(level: 64, index: 0) == nil)
        #expect(Subtree(level: -1, index: 0) == nil)
        #expect(Subtree(level: 63, index: 1) != nil)
        #expect(Subtree(level: 63, index: 2) == nil)
        #expect(Subtree(level: 1, index: .max) == nil)
    }

    private static func randomHash(_ generator: inout SeededGenerator) -> MerkleHash {
        MerkleHash((0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) })!
    }
}
