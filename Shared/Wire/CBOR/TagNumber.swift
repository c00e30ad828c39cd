/// The tags that the codec reads and writes for well-known types.
enum TagNumber {
    /// Seconds since 1970-01-01T00:00:00Z (RFC 8949 section 3.4.2).
    static let time: UInt64 = 1
    /// Non-negative bignum (RFC 8949 section 3.4.3).
    static let bignum: UInt64 = 2
    /// Negative bignum, −1 − n (RFC 8949 section 3.4.3).
    static let negativeBignum: UInt64 = 3
    /// Decimal fraction: exponent and mantissa (RFC 8949 section 3.4.4).
    static let decimal: UInt64 = 4
    /// UUID (IANA registry of CBOR tags).
    static let uuid: UInt64 = 37
}
