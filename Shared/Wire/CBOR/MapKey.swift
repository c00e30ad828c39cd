/// A key met by the scan, with enough of it at hand to compare most keys without their bytes.
struct MapKey: BitwiseCopyable {
    var start: UInt32
    var end: UInt32
    /// The first eight bytes of the encoded key as a big-endian number, filled up with zeros.
    var prefix: UInt64

    @inline(__always)
    init(start: Int, end: Int, prefix: UInt64) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        self.prefix = prefix
    }

    @inline(__always)
    init(bytes: UnsafeRawBufferPointer, start: Int, end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        let length = end &- start
        if bytes.count &- start >= 8 {
            let word = UInt64(
                bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            )
            self.prefix = length >= 8 ? word : word & ~(UInt64.max >> UInt64(8 * length))
        } else {
            var word: UInt64 = 0
            for index in start..<min(end, start + 8) { word = word << 8 | UInt64(bytes[index]) }
            self.prefix = length >= 8 ? word : word << UInt64(8 * (8 - length))
        }
    }

    /// One of 64 bits that the first bytes choose.
    @inline(__always)
    var bit: UInt64 { 1 &<< ((prefix &* 0x9e37_79b9_7f4a_7c15) &>> 58) }

    private func bytes(of input: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: input[Int(start)..<Int(end)])
    }

    /// Whether the key's bytes come before another's.
    ///
    /// No encoded item is the beginning of another.
    @inline(__always)
    func precedes(_ other: MapKey, in input: UnsafeRawBufferPointer) -> Bool {
        guard prefix == other.prefix else { return prefix < other.prefix }
        return ByteOrder.precedes(bytes(of: input), other.bytes(of: input))
    }

    @inline(__always)
    private func equals(_ other: MapKey, in input: UnsafeRawBufferPointer) -> Bool {
        prefix == other.prefix && ByteOrder.areEqual(bytes(of: input), other.bytes(of: input))
    }

    /// How many keys are compared each with each; more are sorted.
    static let fewKeys = 24

    /// Where a key begins whose bytes an earlier one has too.
    static func duplicate(
        in keys: UnsafeMutableBufferPointer<MapKey>,
        of input: UnsafeRawBufferPointer
    ) -> Int? {
        if keys.count <= fewKeys {
            var count = 0
            for key in keys {
                for earlier in 0..<count where key.equals(keys[earlier], in: input) {
                    return Int(key.start)
                }
                count &+= 1
            }
            return nil
        }
        let sorted = keys.sorted { $0.precedes($1, in: input) }
        for (one, other) in zip(sorted, sorted.dropFirst()) where one.equals(other, in: input) {
            return Int(max(one.start, other.start))
        }
        return nil
    }

    /// Where a key begins that has the value of an earlier one, perhaps in another encoding.
    static func duplicateByValue(
        in keys: UnsafeMutableBufferPointer<MapKey>,
        of input: UnsafeRawBufferPointer
    ) throws(CBORError) -> Int? {
        let reader = ItemReader(bytes: input)
        var seen: Set<[UInt8]> = []
        for key in keys {
            var offset = Int(key.start)
            let value = try CBORValue(reading: reader, at: &offset)
            var encoded = ItemWriter()
            value.write(to: &encoded, deterministic: true)
            if !seen.insert([UInt8](encoded.bytes)).inserted {
                return Int(key.start)
            }
        }
        return nil
    }
}
