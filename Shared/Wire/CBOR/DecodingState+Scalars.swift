import FoundationEssentials
import NIOCore

extension DecodingState {
    @inline(__always)
    func integer<T: FixedWidthInteger>(_ type: T.Type, at position: ItemPosition) throws -> T {
        let head = try head(at: position)
        if let number = reader.integer(head, as: type) { return number }
        guard head.major <= MajorType.negative else {
            throw mismatch(expected: "an integer", at: position)
        }
        throw error(.integerOutOfRange, at: position.offset)
    }

    @inline(__always)
    func bool(at position: ItemPosition) throws -> Bool {
        switch try head(at: position).initialByte {
        case InitialByte.true: return true
        case InitialByte.false: return false
        default: throw mismatch(expected: "a Boolean", at: position)
        }
    }

    @inline(__always)
    func text(at position: ItemPosition) throws -> String {
        let head = try head(at: position)
        guard head.major == MajorType.text else {
            throw mismatch(expected: "a text string", at: position)
        }
        return UTF8Check.string(try reader.content(of: head))
    }

    /// A float of any width, or an integer that `Double` holds exactly.
    func double(at position: ItemPosition) throws -> Double {
        let head = try head(at: position)
        if let number = reader.float(head) { return number }
        switch head.major {
        case MajorType.unsigned:
            if let number = Double(exactly: head.argument) { return number }
        case MajorType.negative:
            // The number is −1 − n.
            if head.argument == .max { return -0x1p64 }
            if let number = Double(exactly: head.argument + 1) { return -number }
        default:
            throw mismatch(expected: "a number", at: position)
        }
        throw error(.integerOutOfRange, at: position.offset)
    }

    /// A float of any width, or an integer, that `Float` holds exactly.
    func float(at position: ItemPosition) throws -> Float {
        let number = try double(at: position)
        if number.isNaN { return .nan }
        guard let exact = Float(exactly: number) else {
            throw error(.integerOutOfRange, at: position.offset)
        }
        return exact
    }

    /// The content of a byte string.
    @inline(__always)
    func byteString(at position: ItemPosition) throws -> UnsafeRawBufferPointer {
        let head = try head(at: position)
        guard head.major == MajorType.bytes else {
            throw mismatch(expected: "a byte string", at: position)
        }
        return try reader.content(of: head)
    }

    /// A byte string as a slice of the input.
    func slice(at position: ItemPosition) throws -> ByteBuffer {
        let content = try byteString(at: position)
        let end = try after(position).offset
        guard let source,
            let slice = source.getSlice(
                at: source.readerIndex + Int(end) - content.count,
                length: content.count
            )
        else { throw error(.truncated, at: position.offset) }
        return slice
    }

    /// The position of the item inside a tag.
    @inline(__always)
    private func content(
        of tag: UInt64,
        expected: String,
        at position: ItemPosition
    ) throws -> ItemPosition {
        let head = try head(at: position)
        guard head.major == MajorType.tag, head.argument == tag else {
            throw mismatch(expected: expected, at: position)
        }
        return ItemPosition(
            offset: UInt32(truncatingIfNeeded: head.end),
            container: position.container
        )
    }

    func date(at position: ItemPosition) throws -> Date {
        if isCurrent(position), let date = reader.usualDate(at: Int(position.offset)) {
            return date
        }
        let content = try content(of: TagNumber.time, expected: "tag 1", at: position)
        let seconds = try double(at: content)
        guard seconds.isFinite else {
            throw error(.invalidValue("a time that is not a finite number"), at: position.offset)
        }
        return WireTime.date(seconds: seconds)
    }

    func uuid(at position: ItemPosition) throws -> UUID {
        if isCurrent(position), let uuid = reader.usualUUID(at: Int(position.offset)) {
            return uuid
        }
        let content = try content(of: TagNumber.uuid, expected: "tag 37", at: position)
        let bytes = try byteString(at: content)
        guard bytes.count == 16 else {
            throw error(.invalidValue("a UUID has 16 bytes"), at: position.offset)
        }
        // Safe because a UUID is its sixteen bytes, which the compiler checks by their size.
        return unsafeBitCast(bytes.loadUnaligned(as: (UInt64, UInt64).self), to: UUID.self)
    }

    func decimal(at position: ItemPosition) throws -> Decimal {
        let content = try content(of: TagNumber.decimal, expected: "tag 4", at: position)
        let head = try head(at: content)
        guard head.major == MajorType.array, head.argument == 2 else {
            throw mismatch(expected: "an array of exponent and mantissa", at: content)
        }
        let inside = ItemPosition(
            offset: UInt32(truncatingIfNeeded: head.end),
            container: content.container + 1
        )
        let exponent = try integer(Int32.self, at: inside)
        let (isNegative, magnitude) = try wholeNumber(at: try after(inside))
        let parts = DecimalParts(
            isNegative: isNegative,
            magnitude: magnitude,
            exponent: Int(exponent)
        )
        guard let decimal = parts.decimal else {
            throw error(.integerOutOfRange, at: position.offset)
        }
        return decimal
    }

    /// An integer or a bignum of at most 128 bits, as sign and magnitude.
    private func wholeNumber(
        at position: ItemPosition
    ) throws -> (isNegative: Bool, magnitude: UInt128) {
        let head = try head(at: position)
        switch head.major {
        case MajorType.unsigned: return (false, UInt128(head.argument))
        case MajorType.negative: return (true, UInt128(head.argument) + 1)
        case MajorType.tag
        where head.argument == TagNumber.bignum || head.argument == TagNumber.negativeBignum:
            let content = ItemPosition(
                offset: UInt32(truncatingIfNeeded: head.end),
                container: position.container
            )
            let significant = try byteString(at: content).drop { $0 == 0 }
            guard significant.count <= 16 else {
                throw error(.integerOutOfRange, at: position.offset)
            }
            let argument = significant.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
            guard head.argument == TagNumber.negativeBignum else { return (false, argument) }
            guard argument < .max else { throw error(.integerOutOfRange, at: position.offset) }
            return (true, argument + 1)
        default: throw mismatch(expected: "an integer or a bignum", at: position)
        }
    }

    func dynamicValue(at position: ItemPosition) throws(CBORError) -> CBORValue {
        guard isCurrent(position) else { throw CBORError(reason: .decodingEnded) }
        var offset = Int(position.offset)
        return try CBORValue(reading: reader, at: &offset)
    }
}
