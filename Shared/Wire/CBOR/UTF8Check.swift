/// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Check {
    /// The bits that no ASCII character has, of eight bytes.
    static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// Whether the bytes from an offset to another are UTF-8; ASCII is told eight bytes at a time.
    @inline(__always)
    static func isValid(from start: Int, to end: Int, of bytes: UnsafeRawBufferPointer) -> Bool {
        isASCII(from: start, to: end, of: bytes)
            || isValidBeyondASCII(start..<end, of: bytes)
    }

    /// Whether the bytes from an offset to another are ASCII.
    ///
    /// Both are offsets of the input, in this order: the scan has compared them with its length.
    @inline(__always)
    private static func isASCII(
        from start: Int,
        to end: Int,
        of bytes: UnsafeRawBufferPointer
    ) -> Bool {
        var seen: UInt64 = 0
        if end &- start >= 8 {
            var index = start
            while index < end &- 8 {
                seen |= bytes.word(at: index)
                index &+= 8
            }
            // The last word may reach back over bytes that were seen.
            seen |= bytes.word(at: end &- 8)
        } else if bytes.count &- start >= 8 {
            // One load that reaches beyond the text but not beyond the input.
            let used = UInt64(8 &* (end &- start))
            seen = UInt64(littleEndian: bytes.word(at: start)) & ~(UInt64.max << used)
        } else {
            for index in start..<end { seen |= UInt64(bytes[index]) }
        }
        return seen & highBits == 0
    }

    /// A string of bytes that have been found valid.
    @inline(__always)
    static func string(_ bytes: UnsafeRawBufferPointer) -> String {
        // Safe because the scan has validated every text of the input, and the bytes stay.
        String(
            copying: UTF8Span(
                unchecked: bytes.bindMemory(to: UInt8.self).span,
                isKnownASCII: isASCII(from: 0, to: bytes.count, of: bytes)
            )
        )
    }

    /// A string of bytes, or nil where they aren't UTF-8.
    @inline(__always)
    static func validString(_ bytes: UnsafeRawBufferPointer) -> String? {
        isASCII(from: 0, to: bytes.count, of: bytes)
            // Safe because ASCII is UTF-8, and the bytes stay.
            ? String(
                copying: UTF8Span(
                    unchecked: bytes.bindMemory(to: UInt8.self).span,
                    isKnownASCII: true
                )
            ) : validStringBeyondASCII(bytes)
    }

    @inline(never)
    private static func validStringBeyondASCII(_ bytes: UnsafeRawBufferPointer) -> String? {
        do {
            return String(copying: try UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span))
        } catch {
            // The error says where; the scan names the whole string.
            return nil
        }
    }

    @inline(never)
    private static func isValidBeyondASCII(
        _ range: Range<Int>,
        of bytes: UnsafeRawBufferPointer
    ) -> Bool {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[range])
        do {
            _ = try UTF8Span(validating: rest.bindMemory(to: UInt8.self).span)
            return true
        } catch {
            // The error says where; the caller names the whole string.
            return false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The byte at an offset that was compared with `count` just before.
    @inline(__always)
    subscript(unchecked offset: Int) -> UInt8 {
        self.baseAddress.unsafelyUnwrapped.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// The eight bytes at an offset that was compared with `count` just before.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        self.baseAddress.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}
