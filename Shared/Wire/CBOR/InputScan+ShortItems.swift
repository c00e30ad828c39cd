extension InputScan {
    /// Scans items of the innermost container for as long as they are of the commonest kinds, and
    /// returns whether they have filled it.
    ///
    /// Most items of most messages are short texts, numbers, UUIDs, times and lists of those.  This
    /// loop keeps what it needs in registers and accepts only what is beyond doubt; it stops in
    /// front of anything else and of whatever must be refused, so that `scanItem` alone makes
    /// errors.
    ///
    /// Whether an item is encoded as we encode it matters only within keys, and there it stops too.
    mutating func scanShortItems(at offset: inout Int, budget: inout Int) -> Bool {
        guard takesShortItems, bytes.count >= 8, !current.isInKey else { return false }
        let isMap = current.kind == .map
        let mayOpen = depth < limits.depth
        var left = budget
        var remaining = current.remaining
        var start = offset
        while remaining > 0, start < bytes.count, left > 1 {
            let word = firstWord(at: start)
            let end: Int
            if isMap, remaining & 1 == 0 {
                guard let keyEnd = shortKeyEnd(at: start, word: word) else { break }
                end = keyEnd
            } else if let scalarEnd = shortScalarEnd(at: start, word: word) {
                end = scalarEnd
            } else {
                // A UUID or a time is a tag and what it describes: two items, one level deep.
                guard mayOpen else { break }
                if let byteCount = Self.taggedByteCount(word) {
                    end = start &+ byteCount
                    guard end <= bytes.count else { break }
                    left &-= 1
                } else if let arrayEnd = shortArrayEnd(at: start, word: word, budget: &left) {
                    end = arrayEnd
                } else {
                    break
                }
            }
            left &-= 1
            remaining &-= 1
            start = end
        }
        budget = left
        offset = start
        current.remaining = remaining
        return remaining == 0
    }

    /// The first eight bytes of an item, the first one highest; zeros stand for those beyond the
    /// input, which has eight bytes or more.
    @inline(__always)
    private func firstWord(at start: Int) -> UInt64 {
        let lastWord = bytes.count &- 8
        let word = UInt64(bigEndian: bytes.word(at: min(start, lastWord)))
        return start > lastWord ? word &<< UInt64(8 &* (start &- lastWord)) : word
    }

    /// Notes a key that is a small integer or an ASCII text of less than 24 bytes, and returns
    /// where it ends; nil for any other.
    @inline(__always)
    private mutating func shortKeyEnd(at start: Int, word: UInt64) -> Int? {
        let initialByte = UInt8(truncatingIfNeeded: word &>> 56)
        let info = Int(initialByte & 0x1f)
        guard info < 24 else { return nil }
        let isText = initialByte & 0xe0 == MajorType.text
        guard isText || initialByte < MajorType.bytes else { return nil }
        let length = isText ? 1 &+ info : 1
        let end = start &+ length
        guard end <= bytes.count else { return nil }
        let prefix = length < 8 ? word & ~(UInt64.max &>> UInt64(8 &* length)) : word
        var seen = prefix
        if length > 8 { seen |= bytes.word(at: end &- 8) }
        if length > 16 { seen |= bytes.word(at: start &+ 8) }
        guard seen & UTF8Check.highBits == 0 else { return nil }
        noteRegularKey(MapKey(start: start, end: end, prefix: prefix))
        return end
    }

    /// Where a number ends, a string of less than 256 bytes, or false, true or null; nil for
    /// anything else.
    @inline(__always)
    private func shortScalarEnd(at start: Int, word: UInt64) -> Int? {
        let initialByte = UInt8(truncatingIfNeeded: word &>> 56)
        let info = Int(initialByte & 0x1f)
        let end: Int
        if initialByte < MajorType.bytes || initialByte >= MajorType.simple {
            let isInteger = initialByte < MajorType.bytes
            if info < 24 {
                guard isInteger || 20...22 ~= info else { return nil }
                end = start &+ 1
            } else {
                guard info < 28, isInteger || info > 24 else { return nil }
                end = start &+ 1 &+ 1 &<< (info &- 24)
            }
            return end <= bytes.count ? end : nil
        }
        guard initialByte < MajorType.array, info <= 24 else { return nil }
        let secondByte = Int(truncatingIfNeeded: word &>> 48 & 0xff)
        let content = start &+ (info < 24 ? 1 : 2)
        end = content &+ (info < 24 ? info : secondByte)
        guard end <= bytes.count,
            initialByte < MajorType.text || UTF8Check.isValid(from: content, to: end, of: bytes)
        else { return nil }
        return end
    }

    /// How many bytes a UUID takes, or a time with microseconds, that is encoded as we encode it.
    @inline(__always)
    private static func taggedByteCount(_ word: UInt64) -> Int? {
        if word &>> 40 == WellKnownHeads.uuid { return WellKnownHeads.uuidByteCount }
        return word &>> 48 == WellKnownHeads.time ? WellKnownHeads.timeByteCount : nil
    }

    /// Notes an array of less than 24 short scalars, takes them off the budget, and returns where
    /// it ends; nil, with nothing noted, for anything else.
    ///
    /// Such an array needn't be opened and closed, which would take longer than its items.
    @inline(never)
    private mutating func shortArrayEnd(at start: Int, word: UInt64, budget: inout Int) -> Int? {
        let count = Int(truncatingIfNeeded: word &>> 56) &- Int(MajorType.array)
        // The array itself is an item too.
        guard 0..<24 ~= count, count < budget else { return nil }
        var end = start &+ 1
        for _ in 0..<count {
            guard end < bytes.count,
                let itemEnd = shortScalarEnd(at: end, word: firstWord(at: end))
            else { return nil }
            end = itemEnd
        }
        let next = firstContainer &+ UInt32(truncatingIfNeeded: containers.count &+ 1)
        let first = UInt32(truncatingIfNeeded: start &+ 1)
        containers.append(
            ContainerEntry(
                first: first,
                end: UInt32(truncatingIfNeeded: end),
                next: next,
                count: UInt32(truncatingIfNeeded: count),
                isMap: false,
                cursor: ItemPosition(offset: first, container: next)
            )
        )
        budget &-= count
        return end
    }
}
