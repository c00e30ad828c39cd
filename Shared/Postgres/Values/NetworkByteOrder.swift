/// Integers in network byte order, the form of PostgreSQL's binary format.
extension FixedWidthInteger {
    /// Appends the value, most significant byte first.
    func appendBigEndian(to bytes: inout [UInt8]) {
        unsafe withUnsafeBytes(of: self.bigEndian) { buffer in
            // Safe because the array copies the bytes before the value ends.
            unsafe bytes.append(contentsOf: buffer)
        }
    }

    /// Reads a value that fills `bytes` exactly.
    init(bigEndianBytes bytes: Span<UInt8>) throws(SQLValueError) {
        guard bytes.count == Self.bitWidth / 8 else {
            throw .unrepresentable("\(bytes.count) bytes where \(Self.bitWidth / 8) are due")
        }
        var value: Self = 0
        for index in bytes.indices {
            value = (value << 8) | Self(truncatingIfNeeded: bytes[index])
        }
        self = value
    }
}

/// Reads consecutive fields of a composite binary value.
struct FieldReader: ~Copyable {
    private(set) var offset = 0

    /// Reads one integer at the current place in `bytes`.
    mutating func read<Value: FixedWidthInteger>(
        _: Value.Type,
        from bytes: Span<UInt8>
    ) throws(SQLValueError) -> Value {
        let byteCount = Value.bitWidth / 8
        let range = try self.take(byteCount, of: bytes)
        return try Value(bigEndianBytes: bytes.extracting(range))
    }

    /// Steps over `byteCount` bytes and returns where they are.
    mutating func take(
        _ byteCount: Int,
        of bytes: Span<UInt8>
    ) throws(SQLValueError) -> Range<Int> {
        guard byteCount >= 0, byteCount <= bytes.count - self.offset else {
            throw .unrepresentable("the value ends early")
        }
        defer { self.offset += byteCount }
        return self.offset..<(self.offset + byteCount)
    }
}
