import FoundationEssentials

/// The fields of the commonest types, read in one go: the key compared, the value checked and made,
/// and the cursor moved to where the value ends, without looking at its head twice.
///
/// Each returns nil, and leaves everything as it was, where the field isn't the next one, is null,
/// is of another kind or in an encoding that isn't the usual one, or where fields are counted
/// because unknown ones are refused.  Whoever asks then goes the long way, which finds any field
/// and makes the errors; no rule is decided here.
///
/// An input whose scan is put off is read by these alone, so each checks what the scan would.
extension DecodingState {
    @inline(never)
    func nextText(of key: UnsafePointer<ShortText>, in map: UInt32) -> String? {
        guard let field = nextField(of: key, in: map),
            let content = field.reader.usualText(at: field.start),
            let text = field.string(content)
        else { return nil }
        pass(field, to: content.upperBound)
        return text
    }

    @inline(never)
    func nextUUID(of key: UnsafePointer<ShortText>, in map: UInt32) -> UUID? {
        guard let field = nextField(of: key, in: map),
            let uuid = field.reader.usualUUID(at: field.start)
        else { return nil }
        pass(field, to: field.start &+ WellKnownHeads.uuidByteCount)
        return uuid
    }

    @inline(never)
    func nextDate(of key: UnsafePointer<ShortText>, in map: UInt32) -> Date? {
        guard let field = nextField(of: key, in: map),
            let date = field.reader.usualDate(at: field.start)
        else { return nil }
        pass(field, to: field.start &+ WellKnownHeads.timeByteCount)
        return date
    }

    /// The number that stands in memory for a value that `KnownTexts` remembers.
    @inline(never)
    func nextNumber(
        of key: UnsafePointer<ShortText>,
        in map: UInt32,
        type: Any.Type
    ) -> UInt8? {
        guard let field = nextField(of: key, in: map), let texts = knownTexts(of: type),
            let (number, byteCount) = texts.value(ofTextAt: field.start, in: field.reader)
        else { return nil }
        pass(field, to: field.start &+ byteCount)
        return number
    }

    @inline(__always)
    func nextInteger<T: FixedWidthInteger>(
        of key: UnsafePointer<ShortText>,
        in map: UInt32
    ) -> T? {
        guard let field = nextField(of: key, in: map),
            let head = field.reader.scalarHead(at: field.start),
            let number = field.reader.integer(head, as: T.self)
        else { return nil }
        pass(field, to: head.end)
        return number
    }

    func nextDouble(of key: UnsafePointer<ShortText>, in map: UInt32) -> Double? {
        guard let field = nextField(of: key, in: map),
            let head = field.reader.scalarHead(at: field.start),
            let number = field.reader.float(head)
        else { return nil }
        pass(field, to: head.end)
        return number
    }

    func nextBool(of key: UnsafePointer<ShortText>, in map: UInt32) -> Bool? {
        guard let field = nextField(of: key, in: map), field.start < field.reader.bytes.count
        else { return nil }
        let initialByte = field.reader.bytes[unchecked: field.start]
        guard initialByte & ~1 == InitialByte.false else { return nil }
        pass(field, to: field.start &+ 1)
        return initialByte == InitialByte.true
    }

    @inline(never)
    func nextTexts(of key: UnsafePointer<ShortText>, in map: UInt32) -> [String]? {
        guard let field = nextField(of: key, in: map), field.start < field.reader.bytes.count
        else { return nil }
        var end = field.start &+ 1
        func element() throws(NoUsualText) -> String {
            guard let content = field.reader.usualText(at: end), let text = field.string(content)
            else { throw NoUsualText() }
            end = content.upperBound
            return text
        }
        let texts: [String]
        do throws(NoUsualText) {
            // The compiler knows the storage of a literal; for any other array the runtime looks
            // its type up again each time, which takes as long as ten fields.
            switch field.reader.bytes[unchecked: field.start] {
            case MajorType.array: texts = []
            case MajorType.array | 1: texts = [try element()]
            case MajorType.array | 2: texts = [try element(), try element()]
            case MajorType.array | 3: texts = [try element(), try element(), try element()]
            case MajorType.array | 4:
                texts = [try element(), try element(), try element(), try element()]
            default: return nil
            }
        } catch {
            return nil
        }
        pass(field, to: end, containers: 1)
        return texts
    }

    private struct NoUsualText: Error {}

    /// The value of a field, and the entry of its map; none while the scan is put off.
    private struct NextField {
        let key: UnsafePointer<ShortText>
        let entry: UnsafeMutablePointer<ContainerEntry>?
        let reader: ItemReader
        let start: Int

        /// The string with a content that is within the input; nil where it isn't UTF-8.
        @inline(__always)
        func string(_ content: Range<Int>) -> String? {
            let bytes = UnsafeRawBufferPointer(rebasing: reader.bytes[content])
            return entry != nil ? UTF8Check.string(bytes) : UTF8Check.validString(bytes)
        }
    }

    @inline(__always)
    private func nextField(of key: UnsafePointer<ShortText>, in map: UInt32) -> NextField? {
        if unscanned.isOpen {
            guard unscanned.hasNext(key, in: map) else { return nil }
            return NextField(
                key: key,
                entry: nil,
                reader: ItemReader(bytes: unscanned.bytes),
                start: Int(unscanned.cursor.offset) &+ Int(key.pointee.count)
            )
        }
        guard let entry = entry(of: map), !rejectsUnknown else { return nil }
        let offset = Int(entry.pointee.cursor.offset)
        guard offset < Int(entry.pointee.end), reader.holds(key, at: offset) else { return nil }
        return NextField(
            key: key,
            entry: entry,
            reader: reader,
            start: offset &+ Int(key.pointee.count)
        )
    }

    /// Moves the cursor behind a value that holds so many containers.
    @inline(__always)
    private func pass(_ field: NextField, to end: Int, containers: UInt32 = 0) {
        guard let entry = field.entry else {
            return unscanned.pass(field.key, to: end, containers: containers)
        }
        entry.pointee.cursor.offset = UInt32(truncatingIfNeeded: end)
        entry.pointee.cursor.container &+= containers
    }

    /// Whether a field may be taken for absent while the scan is put off.
    @inline(__always)
    func skips(_ key: UnsafePointer<ShortText>, in map: UInt32) -> Bool {
        unscanned.isOpen && skipsUnscanned(key, in: map)
    }

    @inline(never)
    private func skipsUnscanned(_ key: UnsafePointer<ShortText>, in map: UInt32) -> Bool {
        unscanned.skips(key, in: map)
    }
}

extension ItemReader {
    /// Where the content of a text of less than 65,536 bytes is; nil for anything else.
    @inline(__always)
    func usualText(at offset: Int) -> Range<Int>? {
        let rest = bytes.count &- offset
        guard rest >= 1 else { return nil }
        let info = Int(bytes[unchecked: offset]) &- Int(MajorType.text)
        let start: Int
        let end: Int
        if 0..<24 ~= info {
            start = offset &+ 1
            end = start &+ info
        } else if info == 24, rest >= 2 {
            start = offset &+ 2
            end = start &+ Int(bytes[unchecked: offset &+ 1])
        } else if info == 25, rest >= 3 {
            start = offset &+ 3
            end =
                start &+ Int(bytes[unchecked: offset &+ 1]) &<< 8
                &+ Int(bytes[unchecked: offset &+ 2])
        } else {
            return nil
        }
        return end <= bytes.count ? Range(uncheckedBounds: (start, end)) : nil
    }

    /// The head of a number or simple value of at most nine bytes; nil for anything else.
    @inline(__always)
    func scalarHead(at offset: Int) -> Head? {
        let rest = bytes.count &- offset
        guard rest >= 1 else { return nil }
        let initialByte = bytes[unchecked: offset]
        guard initialByte < MajorType.bytes || initialByte >= MajorType.simple else { return nil }
        let info = Int(initialByte & 0x1f)
        var argument = UInt64(info)
        var end = offset &+ 1
        if info >= 24 {
            guard info < 28, rest > 1 &<< (info &- 24) else { return nil }
            argument = 0
            for _ in 0..<(1 &<< (info &- 24)) {
                argument = argument &<< 8 | UInt64(bytes[unchecked: end])
                end &+= 1
            }
        }
        return Head(
            major: initialByte & 0xe0,
            initialByte: initialByte,
            argument: argument,
            end: end
        )
    }

    /// A UUID that is encoded as we encode it, or nil.
    @inline(__always)
    func usualUUID(at offset: Int) -> UUID? {
        guard bytes.count &- offset >= WellKnownHeads.uuidByteCount, let base = bytes.baseAddress,
            UInt64(bigEndian: bytes.word(at: offset)) &>> 40 == WellKnownHeads.uuid
        else { return nil }
        // Safe because a UUID is its sixteen bytes, which the compiler checks by their size.
        return unsafeBitCast(
            (base + (offset &+ 3)).loadUnaligned(as: (UInt64, UInt64).self),
            to: UUID.self
        )
    }

    /// A time with microseconds that is encoded as we encode it, or nil.
    @inline(__always)
    func usualDate(at offset: Int) -> Date? {
        guard bytes.count &- offset >= WellKnownHeads.timeByteCount,
            UInt64(bigEndian: bytes.word(at: offset)) &>> 48 == WellKnownHeads.time
        else { return nil }
        let seconds = Double(bitPattern: UInt64(bigEndian: bytes.word(at: offset &+ 2)))
        return seconds.isFinite ? WireTime.date(seconds: seconds) : nil
    }
}
