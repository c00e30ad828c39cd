import FoundationEssentials
import Testing
import TransparencyLog

/// The vectors of transparency-dev/merkle, `testdata`, read from the folder that
/// `STEWARD_TEST_VECTORS` names.
@Suite(
    "Published proofs",
    .enabled(
        if: TestVectors.folder != nil,
        "STEWARD_TEST_VECTORS names no folder: published proofs aren't tested")
)
struct MerkleVectorTests {
    private struct Inclusion: Decodable {
        var leafIdx: UInt64
        var treeSize: UInt64
        var root: String?
        var leafHash: String?
        var proof: [String]?
        var wantErr: Bool
    }

    private struct Consistency: Decodable {
        var size1: UInt64
        var size2: UInt64
        var root1: String?
        var root2: String?
        var proof: [String]?
        var wantErr: Bool
    }

    @Test("Each inclusion proof holds or is refused, as its vector says")
    func inclusion() throws {
        let outcomes = try Self.outcomes("merkle/inclusion") { data in
            let vector = try JSONDecoder().decode(Inclusion.self, from: data)
            let proof = InclusionProof(
                leafIndex: vector.leafIdx, treeSize: vector.treeSize,
                hashes: try (vector.proof ?? []).map(Self.hash))
            let (leaf, root) = (try Self.hash(vector.leafHash), try Self.hash(vector.root))
            return { try proof.verify(leafHash: leaf, root: root) }
        }
        #expect(outcomes == Outcomes(accepted: 6, refused: 66, unreadable: 26))
    }

    @Test("Each consistency proof holds or is refused, as its vector says")
    func consistency() throws {
        let outcomes = try Self.outcomes("merkle/consistency") { data in
            let vector = try JSONDecoder().decode(Consistency.self, from: data)
            let proof = ConsistencyProof(
                oldSize: vector.size1, newSize: vector.size2,
                hashes: try (vector.proof ?? []).map(Self.hash))
            let (old, new) = (try Self.hash(vector.root1), try Self.hash(vector.root2))
            return { try proof.verify(oldRoot: old, newRoot: new) }
        }
        #expect(outcomes == Outcomes(accepted: 6, refused: 76, unreadable: 16))
    }

    private struct Outcomes: Equatable {
        var accepted = 0
        var refused = 0
        var unreadable = 0
    }

    private struct NotAHash: Error {}

    private static func outcomes(
        _ folder: String, _ read: (Data) throws -> () throws -> Void
    ) throws -> Outcomes {
        struct Expectation: Decodable { var wantErr: Bool }
        var outcomes = Outcomes()
        for path in try TestVectors.files(under: folder) where path.hasSuffix(".json") {
            let data = Data(try TestVectors.bytes(path))
            let isRefused = try JSONDecoder().decode(Expectation.self, from: data).wantErr
            do {
                try read(data)()
                #expect(!isRefused, "\(path) should be refused")
                outcomes.accepted += 1
            } catch is NotAHash {
                #expect(isRefused, "\(path) should be read")
                outcomes.unreadable += 1
            } catch let error as ProofError {
                #expect(isRefused, "\(path) should hold: \(error)")
                outcomes.refused += 1
            }
        }
        return outcomes
    }

    /// Reads a hash; texts that the vectors put in its place where none matters become one.
    private static func hash(_ base64: String?) throws -> MerkleHash {
        let bytes = Array(try #require(Data(base64Encoded: base64 ?? "")))
        if bytes.starts(with: "don't care".utf8) { return .leaf(bytes) }
        guard let hash = MerkleHash(bytes) else { throw NotAHash() }
        return hash
    }
}
