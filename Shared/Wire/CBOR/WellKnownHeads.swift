/// The first bytes of UUIDs and times as we encode them, so that they are told at once.
enum WellKnownHeads {
    /// Tag 37 and the head of sixteen bytes, a number of three bytes.
    static let uuid =
        UInt64(MajorType.tag | 24) << 16 | UInt64(TagNumber.uuid) << 8
        | UInt64(MajorType.bytes | 16)
    static let uuidByteCount = 19

    /// Tag 1 and the first byte of a double, a number of two bytes.
    static let time =
        UInt64(MajorType.tag | UInt8(truncatingIfNeeded: TagNumber.time)) << 8
        | UInt64(InitialByte.double)
    static let timeByteCount = 10
}
