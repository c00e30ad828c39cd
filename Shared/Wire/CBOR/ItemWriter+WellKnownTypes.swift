import FoundationEssentials

extension ItemWriter {
    /// Writes tag 1: an integer when the time is a whole second, otherwise the float nearest to a
    /// whole number of microseconds.
    ///
    /// Returns false for a date that isn't a finite number.
    mutating func writeDate(_ date: Date) -> Bool {
        guard let seconds = WireTime.seconds(of: date) else { return false }
        writeHead(MajorType.tag, TagNumber.time)
        switch seconds {
        case .whole(let seconds): writeSigned(seconds)
        case .fractional(let seconds): writeFloat(seconds)
        }
        return true
    }

    /// Writes tag 37 and the sixteen bytes.
    @inline(__always)
    mutating func writeUUID(_ uuid: UUID) {
        reserve(19)
        // Tag 37, and a byte string of 16.
        store(UInt16(MajorType.tag | 24) << 8 | UInt16(TagNumber.uuid))
        store(MajorType.bytes | 16)
        // Safe because a UUID is its sixteen bytes, which the compiler checks by their size.
        store(raw: unsafeBitCast(uuid, to: (UInt64, UInt64).self))
    }

    /// Writes tag 4, `[exponent, mantissa]` without trailing zeros in the mantissa, which becomes a
    /// bignum only beyond 64 bits.
    ///
    /// Returns false for NaN.
    mutating func writeDecimal(_ decimal: Decimal) -> Bool {
        guard let parts = DecimalParts(decimal) else { return false }
        writeHead(MajorType.tag, TagNumber.decimal)
        writeHead(MajorType.array, 2)
        writeSigned(Int64(parts.exponent))
        let argument = parts.isNegative ? parts.magnitude - 1 : parts.magnitude
        if let short = UInt64(exactly: argument) {
            writeHead(parts.isNegative ? MajorType.negative : MajorType.unsigned, short)
        } else {
            let tag = parts.isNegative ? TagNumber.negativeBignum : TagNumber.bignum
            let byteCount = (128 - argument.leadingZeroBitCount + 7) / 8
            writeHead(MajorType.tag, tag)
            writeHead(MajorType.bytes, UInt64(byteCount))
            for index in (0..<byteCount).reversed() {
                writeByte(UInt8(truncatingIfNeeded: argument >> UInt128(8 * index)))
            }
        }
        return true
    }
}
