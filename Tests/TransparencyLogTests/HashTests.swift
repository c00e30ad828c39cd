import Testing
import TransparencyLog

@Suite("Merkle tree hashes")
struct HashTests {
    /// The entries and roots of the tests of Certificate Transparency since RFC 6962, as
    /// transparency-dev/merkle states them in `testonly/constants.go`.
    static let classicEntries: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        Array(0x60...0x6f),
    ]
    static let classicRoots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ].map(MerkleHash.init(hex:))

    @Test("The trees of 0 to 8 leaves have the roots that Certificate Transparency publishes")
    func classicTrees() throws {
        var range = CompactRange()
        #expect(range.root == Self.classicRoots[0])
        for (entry, root) in zip(Self.classicEntries, Self.classicRoots.dropFirst()) {
            try range.append(.leaf(entry))
            #expect(range.root == root)
        }
        #expect(range.size == 8)
        #expect(ReferenceTree(Self.classicEntries).root(0..<8) == Self.classicRoots[8])
    }

    @Test("A leaf is never a node: both hashes begin with bytes of their own")
    func domains() {
        let left = MerkleHash.leaf([1])
        let right = MerkleHash.leaf([2])
        #expect(MerkleHash.leaf([1] + left.bytes + right.bytes) != .node(left, right))
        #expect(MerkleHash.node(left, right) != .node(right, left))
    }

    @Test("An entry hashes the same from whatever collection it comes")
    func collections() {
        let entry = Array("an entry".utf8)
        #expect(MerkleHash.leaf(entry) == .leaf(entry.reversed().reversed()))
        #expect(MerkleHash.leaf(entry) == .leaf("an entry".utf8))
        #expect(MerkleHash.leaf(([0] + entry)[1...]) == .leaf(entry))
    }

    @Test("A hash has exactly 32 bytes", arguments: [0, 1, 31, 32, 33, 64])
    func length(count: Int) {
        let bytes = (0..<count).map { UInt8($0) }
        #expect((MerkleHash(bytes) != nil) == (count == 32))
        #expect(MerkleHash(bytes)?.bytes ?? bytes == bytes)
    }

    @Test("A hash is 32 bytes in place, without a box around them")
    func layout() {
        #expect(MemoryLayout<MerkleHash>.stride == 32)
    }

    @Test(
        "Base64 is read only as it is written",
        arguments: [
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            " 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU==",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hS", "", "=", "é",
        ]
    )
    func strictBase64(text: String) {
        #expect(MerkleHash(base64: text) == nil)
        #expect(
            MerkleHash(base64: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=") == .emptyTree)
        #expect(MerkleHash.emptyTree.base64 == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    }
}
