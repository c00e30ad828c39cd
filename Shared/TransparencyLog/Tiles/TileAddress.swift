/// Which tile or entry bundle of a log, and how wide (C2SP tlog-tiles, “Merkle Tree”).
package struct TileAddress: Sendable, Hashable {
    /// How many hashes or entries a full tile has.
    package static let fullWidth = 256
    /// How many levels of the Merkle tree a level of tiles spans.
    package static let height = 8

    /// What a tile holds.
    package enum Content: Sendable, Hashable {
        /// Roots of complete subtrees of 256^level leaves; the level is 0 to 63, and leaf hashes
        /// are level 0.
        case hashes(level: Int)
        /// The entries themselves, 256 to a bundle.
        case entries
    }

    /// What the tile holds.
    package let content: Content
    /// Which tile of its level, from 0.
    package let index: UInt64
    /// How many hashes or entries, 1 to 256; below 256 the tile is partial.
    package let width: Int

    /// Names a tile; `nil` if the level or the width is out of its range.
    package init?(_ content: Content, index: UInt64, width: Int = Self.fullWidth) {
        if case .hashes(let level) = content, !(0...63).contains(level) { return nil }
        guard (1...Self.fullWidth).contains(width) else { return nil }
        self.content = content
        self.index = index
        self.width = width
    }

    init(_ tile: Tile) {
        self.content = .hashes(level: tile.level)
        self.index = tile.index
        self.width = tile.hashes.count
    }

    /// Names a tile as wide as it is in a tree of a size; `nil` if that tree has no such tile.
    package init?(_ content: Content, index: UInt64, treeSize: UInt64) {
        let level = if case .hashes(let level) = content { level } else { 0 }
        guard (0...63).contains(level) else { return nil }
        let count = treeSize >> (Self.height * level)
        guard index <= count >> Self.height else { return nil }
        let isFull = index < count >> Self.height
        self.init(content, index: index, width: isFull ? Self.fullWidth : Int(count & 0xFF))
    }

    /// Names the tile of a tree from which a subtree's hash can be computed; `nil` if the tree does
    /// not hold the whole subtree.
    package init?(containing subtree: Subtree, treeSize: UInt64) {
        guard subtree.index < treeSize >> subtree.level else { return nil }
        self.init(
            .hashes(level: subtree.level / Self.height),
            index: subtree.index >> (Self.height - subtree.level % Self.height),
            treeSize: treeSize)
    }

    /// Whether the tile is narrower than a full one.
    package var isPartial: Bool { self.width < Self.fullWidth }
}

extension TileAddress {
    /// Where the tile lies under a log's address, as in `tile/0/x001/x234/067.p/12`.
    package var path: String {
        let first =
            switch self.content {
            case .hashes(let level): "tile/\(level)/"
            case .entries: "tile/entries/"
            }
        var digits = String(self.index)
        digits = String(repeating: "0", count: (3 - digits.utf8.count % 3) % 3) + digits
        var groups: [String] = []
        while !digits.isEmpty {
            groups.append((digits.count > 3 ? "x" : "") + digits.prefix(3))
            digits.removeFirst(3)
        }
        return first + groups.joined(separator: "/") + (self.isPartial ? ".p/\(self.width)" : "")
    }

    /// Reads a path; `nil` unless it is exactly what ``path`` gives for some tile.
    package init?(path: String) {
        let elements = path.utf8.split(
            separator: UInt8(ascii: "/"), maxSplits: 11, omittingEmptySubsequences: false)
        guard elements.count >= 3, elements.count <= 11, let content = Self.content(elements[1])
        else { return nil }
        var numbers = elements[2...]
        var width = Self.fullWidth
        if numbers.count >= 2, numbers[numbers.endIndex - 2].suffix(2).elementsEqual(".p".utf8) {
            guard let partial = StrictDecimal.decode(numbers.removeLast()),
                partial < Self.fullWidth
            else { return nil }
            width = Int(partial)
        }
        let zero = UInt8(ascii: "0")
        let digits = numbers.joined().filter { (zero...UInt8(ascii: "9")).contains($0) }
        let number = Array(digits.drop { $0 == zero })
        guard let index = StrictDecimal.decode(number.isEmpty ? [zero] : number)
        else { return nil }
        self.init(content, index: index, width: width)
        // Whatever was read too generously above is not written so.
        guard self.path.utf8.elementsEqual(path.utf8) else { return nil }
    }

    private static func content(_ element: Substring.UTF8View) -> Content? {
        if element.elementsEqual("entries".utf8) { return .entries }
        return StrictDecimal.decode(element).flatMap { Int(exactly: $0) }.map { .hashes(level: $0) }
    }
}
