import Glibc

/// Comparisons of bytes by the C library, which compares many at a time.
enum ByteOrder {
    /// Whether bytes come before others in bytewise order.
    static func precedes(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        let common = min(one.count, other.count)
        if common > 0, let oneStart = one.baseAddress, let otherStart = other.baseAddress {
            let order = memcmp(oneStart, otherStart, common)
            if order != 0 { return order < 0 }
        }
        return one.count < other.count
    }

    /// Whether bytes are the same.
    @inline(__always)
    static func areEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        guard one.count > 0, let oneStart = one.baseAddress, let otherStart = other.baseAddress
        else { return true }
        return memcmp(oneStart, otherStart, one.count) == 0
    }
}
