import Glibc

/// Reads single items of bytes that a scan has found well-formed.
///
/// Every read checks its bounds all the same, so that a wrong offset gives an error and never
/// memory that isn't the input's.
struct ItemReader {
    let bytes: UnsafeRawBufferPointer

    /// An item's initial byte and argument.
    struct Head {
        /// The upper three bits of the initial byte, as in `MajorType`.
        var major: UInt8
        /// The whole initial byte.
        var initialByte: UInt8
        /// The number that follows: a value, a length, a count, a tag or a float's bits.
        var argument: UInt64
        /// Where the head ends.
        var end: Int

        /// What the item is, in words for an error.
        var kind: String {
            switch major {
            case MajorType.unsigned, MajorType.negative: "an integer"
            case MajorType.bytes: "a byte string"
            case MajorType.text: "a text string"
            case MajorType.array: "an array"
            case MajorType.map: "a map"
            case MajorType.tag: "tag \(argument)"
            default:
                switch initialByte {
                case InitialByte.false, InitialByte.true: "a Boolean"
                case InitialByte.null: "null"
                default: "a float"
                }
            }
        }
    }

    @inline(__always)
    func head(at offset: Int) throws(CBORError) -> Head {
        guard offset >= 0, offset < bytes.count else {
            throw CBORError(reason: bytes.isEmpty ? .decodingEnded : .truncated, offset: offset)
        }
        let initialByte = bytes[offset]
        let info = initialByte & 0x1f
        if info < 24 {
            return Head(
                major: initialByte & 0xe0,
                initialByte: initialByte,
                argument: UInt64(info),
                end: offset + 1
            )
        }
        if info == 24, bytes.count - offset > 1 {
            return Head(
                major: initialByte & 0xe0,
                initialByte: initialByte,
                argument: UInt64(bytes[offset + 1]),
                end: offset + 2
            )
        }
        return try longHead(at: offset)
    }

    private func longHead(at offset: Int) throws(CBORError) -> Head {
        let initialByte = bytes[offset]
        let info = initialByte & 0x1f
        guard info < 28 else {
            throw CBORError(
                reason: info == 31 ? .indefiniteLength : .reservedEncoding,
                offset: offset
            )
        }
        let width = 1 << Int(info - 24)
        guard bytes.count - offset > width else {
            throw CBORError(reason: .truncated, offset: offset)
        }
        let argument: UInt64 =
            switch info {
            case 24: UInt64(bytes[offset + 1])
            case 25: UInt64(load(UInt16.self, at: offset + 1))
            case 26: UInt64(load(UInt32.self, at: offset + 1))
            default: load(UInt64.self, at: offset + 1)
            }
        return Head(
            major: initialByte & 0xe0,
            initialByte: initialByte,
            argument: argument,
            end: offset + 1 + width
        )
    }

    @inline(__always)
    private func load<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
        T(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// The bytes of a byte or text string whose head was read.
    @inline(__always)
    func content(of head: Head) throws(CBORError) -> UnsafeRawBufferPointer {
        guard let base = bytes.baseAddress, head.end <= bytes.count,
            head.argument <= UInt64(bytes.count &- head.end)
        else { throw CBORError(reason: .truncated, offset: head.end) }
        return UnsafeRawBufferPointer(
            start: base + head.end,
            count: Int(truncatingIfNeeded: head.argument)
        )
    }

    /// Whether a key stands at an offset in the encoding in which we write it.
    @inline(__always)
    func holds(_ key: UnsafePointer<ShortText>, at offset: Int) -> Bool {
        guard offset >= 0, let base = bytes.baseAddress else { return false }
        let rest = bytes.count &- offset
        if rest >= ShortText.capacity { return key.pointee.stands(at: base + offset) }
        let count = Int(key.pointee.count)
        return count <= rest && memcmp(base + offset, key, count) == 0
    }

    /// Where an item ends that holds no others, if its length stands in its first bytes; nil for
    /// any other.
    @inline(__always)
    func shortEnd(at offset: Int) -> Int? {
        var offset = offset
        while offset >= 0, bytes.count &- offset >= 2 {
            let initialByte = bytes[unchecked: offset]
            let info = Int(initialByte & 0x1f)
            if initialByte < MajorType.bytes || initialByte >= MajorType.simple {
                // Numbers and simple values have nothing but a head.
                guard info >= 24 else { return offset &+ 1 }
                return info < 28 ? offset &+ 1 &+ 1 &<< (info &- 24) : nil
            }
            if initialByte < MajorType.array {
                guard info >= 24 else { return offset &+ 1 &+ info }
                guard info == 24 else { return nil }
                return offset &+ 2 &+ Int(bytes[unchecked: offset &+ 1])
            }
            guard initialByte >= MajorType.tag, info <= 24 else { return nil }
            offset &+= info < 24 ? 1 : 2
        }
        return nil
    }

    /// The float whose head was read, or nil for an item of another kind.
    @inline(__always)
    func float(_ head: Head) -> Double? {
        switch head.initialByte {
        case InitialByte.double: Double(bitPattern: head.argument)
        case InitialByte.single:
            Double(Float(bitPattern: UInt32(truncatingIfNeeded: head.argument)))
        case InitialByte.half:
            Double(Float16(bitPattern: UInt16(truncatingIfNeeded: head.argument)))
        default: nil
        }
    }

    /// The integer whose head was read, or nil where `T` can't hold it or the item isn't one.
    @inline(__always)
    func integer<T: FixedWidthInteger>(_ head: Head, as type: T.Type) -> T? {
        if head.major == MajorType.unsigned {
            return T(exactly: head.argument)
        }
        guard head.major == MajorType.negative, head.argument <= UInt64(Int64.max) else {
            return nil
        }
        return T(exactly: ~Int64(bitPattern: head.argument))
    }

    /// The key at an offset as a step of a path.
    func pathComponent(at offset: Int) -> PathComponent? {
        // An error inside an error message would tell nobody anything: the step is left out.
        guard let head = try? head(at: offset) else { return nil }
        if head.major == MajorType.text {
            // As above.
            guard let content = try? content(of: head) else { return nil }
            return .field(String(decoding: content, as: UTF8.self))
        }
        if let number = integer(head, as: Int.self) { return .number(number) }
        var end = offset
        // A key that cannot be read is named by a mark; what is wrong with it was said elsewhere.
        let value = try? CBORValue(reading: self, at: &end)
        return .other(value?.diagnostic ?? "…")
    }
}
