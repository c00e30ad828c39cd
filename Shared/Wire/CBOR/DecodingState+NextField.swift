import FoundationEssentials

/// The fields of the commonest types, read in one go: the key compared, the value made, and the
/// map's cursor moved to where the value ends, without looking at its head twice.
///
/// Each returns nil, and leaves everything as it was, where the field isn't the next one, is null,
/// is of another kind or in an encoding that isn't the usual one, or where fields are counted
/// because unknown ones are refused.  Whoever asks then goes the long way, which finds any field
/// and makes the errors; no rule is decided here.
extension DecodingState {
    @inline(never)
    func nextText(of key: UnsafePointer<ShortText>, in map: UInt32) -> String? {
        guard let field = nextField(of: key, in: map),
            let content = reader.shortText(at: field.start)
        else { return nil }
        field.end(at: content.upperBound)
        return UTF8Check.string(UnsafeRawBufferPointer(rebasing: reader.bytes[content]))
    }

    @inline(never)
    func nextUUID(of key: UnsafePointer<ShortText>, in map: UInt32) -> UUID? {
        guard let field = nextField(of: key, in: map), let uuid = reader.usualUUID(at: field.start)
        else { return nil }
        field.end(at: field.start &+ WellKnownHeads.uuidByteCount)
        return uuid
    }

    @inline(never)
    func nextDate(of key: UnsafePointer<ShortText>, in map: UInt32) -> Date? {
        guard let field = nextField(of: key, in: map), let date = reader.usualDate(at: field.start)
        else { return nil }
        field.end(at: field.start &+ WellKnownHeads.timeByteCount)
        return date
    }

    /// The number that stands in memory for a value that `KnownTexts` remembers.
    @inline(never)
    func nextNumber(
        of key: UnsafePointer<ShortText>,
        in map: UInt32,
        type: Any.Type
    ) -> UInt8? {
        guard let field = nextField(of: key, in: map),
            reader.bytes.count &- field.start >= ShortText.capacity,
            let base = reader.bytes.baseAddress, let texts = knownTexts(of: type),
            let (number, byteCount) = texts.value(ofTextAt: base + field.start)
        else { return nil }
        field.end(at: field.start &+ byteCount)
        return number
    }

    /// The value of a field, and the entry of its map.
    private struct NextField {
        let map: UnsafeMutablePointer<ContainerEntry>
        let start: Int

        /// Moves the map's cursor behind a value that holds no containers.
        @inline(__always)
        func end(at offset: Int) {
            map.pointee.cursor.offset = UInt32(truncatingIfNeeded: offset)
        }
    }

    @inline(__always)
    private func nextField(of key: UnsafePointer<ShortText>, in map: UInt32) -> NextField? {
        guard let entry = entry(of: map), !rejectsUnknown else { return nil }
        let offset = Int(entry.pointee.cursor.offset)
        guard offset < Int(entry.pointee.end), reader.holds(key, at: offset) else { return nil }
        return NextField(map: entry, start: offset &+ Int(key.pointee.count))
    }
}

extension ItemReader {
    /// Where the content of a text of less than 256 bytes is; nil for anything else.
    @inline(__always)
    func shortText(at offset: Int) -> Range<Int>? {
        let rest = bytes.count &- offset
        guard rest >= 2 else { return nil }
        let info = Int(bytes[unchecked: offset]) &- Int(MajorType.text)
        let start: Int
        let end: Int
        if 0..<24 ~= info {
            start = offset &+ 1
            end = start &+ info
        } else if info == 24 {
            start = offset &+ 2
            end = start &+ Int(bytes[unchecked: offset &+ 1])
        } else {
            return nil
        }
        // The scan has seen it end; nothing is read on its word alone.
        return end <= bytes.count ? Range(uncheckedBounds: (start, end)) : nil
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
