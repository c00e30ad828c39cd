/// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Check {
    /// Whether a range of bytes is UTF-8; ASCII is told eight bytes at a time.
    @inline(__always)
    static func isValid(_ range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Bool {
        let highBits: UInt64 = 0x8080_8080_8080_8080
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard word & highBits == 0 else {
                return isValidBeyondASCII(index..<range.upperBound, of: bytes)
            }
            index += 8
        }
        guard index < range.upperBound else { return true }
        var isASCII = true
        if index + 8 <= bytes.count {
            // One load that reaches beyond the string but not beyond the input.
            let rest = UInt64(8 * (range.upperBound - index))
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            )
            isASCII = word & highBits & ~(UInt64.max << rest) == 0
        } else {
            for index in index..<range.upperBound where bytes[index] >= 0x80 { isASCII = false }
        }
        return isASCII || isValidBeyondASCII(index..<range.upperBound, of: bytes)
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
