import Crypto
import TransparencyLog

/// The definitions of RFC 6962, section 2.1, word for word: recursive, over the entries themselves,
/// and remembering what it computed only because that would take hours otherwise.
final class ReferenceTree {
    private let entries: [[UInt8]]
    private var known: [Range<Int>: MerkleHash] = [:]

    init(_ entries: [[UInt8]]) { self.entries = entries }

    /// Entries that are easily told apart: their numbers.
    convenience init(entryCount: Int) { self.init((0..<entryCount).map(Self.entry)) }

    static func entry(_ index: Int) -> [UInt8] { Array("entry \(index)".utf8) }

    /// MTH(D[range]).
    func root(_ range: Range<Int>) -> MerkleHash {
        if let hash = self.known[range] { return hash }
        let input: [UInt8]
        switch range.count {
        case 0: input = []
        case 1: input = [0] + self.entries[range.lowerBound]
        default:
            let k = Self.split(range.count)
            input =
                [1] + self.root(range.lowerBound..<range.lowerBound + k).bytes
                + self.root(range.lowerBound + k..<range.upperBound).bytes
        }
        let hash = MerkleHash(Array(SHA256.hash(data: input)))!
        self.known[range] = hash
        return hash
    }

    /// PATH(m, D[range]), with m counted from the beginning of the range.
    func path(_ m: Int, _ range: Range<Int>) -> [MerkleHash] {
        guard range.count > 1 else { return [] }
        let k = Self.split(range.count)
        let left = range.lowerBound..<range.lowerBound + k
        let right = range.lowerBound + k..<range.upperBound
        return m < k
            ? self.path(m, left) + [self.root(right)]
            : self.path(m - k, right) + [self.root(left)]
    }

    /// PROOF(m, D[0:n]).
    func proof(_ m: Int, _ n: Int) -> [MerkleHash] { self.subproof(m, 0..<n, true) }

    private func subproof(_ m: Int, _ range: Range<Int>, _ isKnown: Bool) -> [MerkleHash] {
        if m == range.count { return isKnown ? [] : [self.root(range)] }
        let k = Self.split(range.count)
        let left = range.lowerBound..<range.lowerBound + k
        let right = range.lowerBound + k..<range.upperBound
        return m <= k
            ? self.subproof(m, left, isKnown) + [self.root(right)]
            : self.subproof(m - k, right, false) + [self.root(left)]
    }

    /// The largest power of two less than n.
    private static func split(_ n: Int) -> Int {
        var k = 1
        while k * 2 < n { k *= 2 }
        return k
    }

    /// A tile by the definition of tlog-tiles, as wide as its address says.
    func tile(_ address: TileAddress) -> Tile? {
        guard case .hashes(let level) = address.content else { return nil }
        let span = 1 << (8 * level)
        let first = Int(address.index) * 256
        let hashes = (first..<first + address.width).map {
            self.root($0 * span..<($0 + 1) * span)
        }
        return Tile(level: level, index: address.index, hashes: hashes)
    }

    /// All tiles of a tree of a size.
    func tiles(size: Int) -> [Tile] {
        var addresses: [TileAddress] = []
        var (level, count) = (0, size)
        while count > 0 {
            for index in 0...count / 256 {
                let width = min(256, count - 256 * index)
                addresses += [
                    TileAddress(.hashes(level: level), index: UInt64(index), width: width)
                ].compactMap { $0 }
            }
            (level, count) = (level + 1, count / 256)
        }
        return addresses.compactMap { self.tile($0) }
    }
}
