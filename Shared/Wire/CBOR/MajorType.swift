/// The eight major types of RFC 8949 section 3.1, as the upper three bits of an initial byte.
enum MajorType {
    static let unsigned: UInt8 = 0x00
    static let negative: UInt8 = 0x20
    static let bytes: UInt8 = 0x40
    static let text: UInt8 = 0x60
    static let array: UInt8 = 0x80
    static let map: UInt8 = 0xa0
    static let tag: UInt8 = 0xc0
    static let simple: UInt8 = 0xe0
}
