internal import Glibc

package import struct FoundationEssentials.UUID

extension UUID {
    /// A new UUIDv7 (RFC 9562, section 5.7): milliseconds since 1970, then 12 bits of the fraction
    /// of a millisecond, so that those of one process sort by time, then random bits.
    package static func version7() -> UUID {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let milliseconds = UInt64(now.tv_sec) * 1_000 + UInt64(now.tv_nsec) / 1_000_000
        let fraction = UInt64(now.tv_nsec) % 1_000_000 * 4_096 / 1_000_000
        let high = milliseconds << 16 | 0x7000 | fraction
        let low = UInt64.random(in: 0...UInt64.max) >> 2 | 1 << 63
        return UUID(
            uuid: (
                high.byte(0), high.byte(1), high.byte(2), high.byte(3), high.byte(4), high.byte(5),
                high.byte(6), high.byte(7), low.byte(0), low.byte(1), low.byte(2), low.byte(3),
                low.byte(4), low.byte(5), low.byte(6), low.byte(7)
            ))
    }
}

extension UInt64 {
    /// One of its bytes, the most significant one first.
    fileprivate func byte(_ index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: self >> (8 * (7 - UInt64(index))))
    }
}
