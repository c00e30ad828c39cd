import TransparencyLog

extension MerkleHash {
    /// The hash with one of its 256 bits turned.
    func flipping(bit: Int) -> MerkleHash {
        var bytes = self.bytes
        bytes[bit / 8] ^= 1 << (bit % 8)
        return MerkleHash(bytes)!
    }

    init(hex: String) {
        let digits = Array(hex)
        let bytes = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)!
        }
        self = MerkleHash(bytes)!
    }
}

extension [MerkleHash] {
    /// The list with one bit of all its bits turned.
    func flipping(bit: Int) -> Self {
        var hashes = self
        hashes[bit / 256] = hashes[bit / 256].flipping(bit: bit % 256)
        return hashes
    }
}
