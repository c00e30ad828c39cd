/// An item of at most 24 bytes as it is encoded: a key, or the text that stands for an enum's case.
struct ShortText: BitwiseCopyable {
    static let capacity = 24
    /// An item that is longer than there is room for.
    static let tooLong = UInt8.max

    /// As they stand in memory, filled up with zeros.
    private(set) var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// All bits of the bytes that are used.
    private var masks: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// 0 where the item hasn't been met yet.
    private(set) var count: UInt8 = 0
    /// One bit that tells a key from the others of its type.
    private(set) var bit: UInt32 = 0

    /// Whether there is an item.
    @inline(__always)
    var isKnown: Bool {
        // Neither 0 nor `tooLong`.
        count &- 1 < Self.tooLong &- 1
    }

    /// Whether a key is a name: one that has a number is also found by its name.
    var isText: Bool {
        let initialByte = UInt8(truncatingIfNeeded: UInt64(littleEndian: words.0))
        return initialByte & 0xe0 == MajorType.text
    }

    /// Keeps an item's bytes, or that they are too many.
    mutating func keep(_ bytes: UnsafeRawBufferPointer, bit: UInt32 = 0) {
        guard bytes.count <= Self.capacity else { return keepNothing() }
        self.bit = bit
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: bytes) }
        withUnsafeMutableBytes(of: &masks) { masks in
            for index in 0..<bytes.count { masks[index] = .max }
        }
        count = UInt8(truncatingIfNeeded: bytes.count)
    }

    /// Keeps that there is an item that can't be kept.
    mutating func keepNothing() { count = Self.tooLong }

    /// Whether the item has the bytes of another.
    func equals(_ other: ShortText) -> Bool { count == other.count && words == other.words }

    /// Whether the item is the one that begins at an address with room for 24 bytes.
    @inline(__always)
    func stands(at address: UnsafeRawPointer) -> Bool {
        func word(_ index: Int) -> UInt64 {
            address.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self)
        }
        // No branch for the length, which would be foretold wrongly often.
        let first = (word(0) ^ words.0) & masks.0
        let second = (word(1) ^ words.1) & masks.1
        let third = (word(2) ^ words.2) & masks.2
        return first | second | third == 0
    }
}
