extension CBORValue: Hashable {
    /// Equality as the type's description states it.
    package static func == (one: CBORValue, other: CBORValue) -> Bool {
        switch (one, other) {
        case (.unsigned(let one), .unsigned(let other)): one == other
        case (.negative(let one), .negative(let other)): one == other
        case (.bytes(let one), .bytes(let other)): one == other
        case (.text(let one), .text(let other)): one.utf8.elementsEqual(other.utf8)
        case (.array(let one), .array(let other)): one == other
        case (.map(let one), .map(let other)): one == other
        case (.tagged(let tag, let one), .tagged(let otherTag, let other)):
            tag == otherTag && one == other
        case (.bool(let one), .bool(let other)): one == other
        case (.null, .null): true
        case (.float(let one), .float(let other)):
            one.bitPattern == other.bitPattern || one.isNaN && other.isNaN
        default: false
        }
    }

    /// Feeds what equality compares.
    package func hash(into hasher: inout Hasher) {
        switch self {
        case .unsigned(let number):
            hasher.combine(0)
            hasher.combine(number)
        case .negative(let number):
            hasher.combine(1)
            hasher.combine(number)
        case .bytes(let bytes):
            hasher.combine(2)
            hasher.combine(bytes)
        case .text(let text):
            hasher.combine(3)
            for byte in text.utf8 { hasher.combine(byte) }
            hasher.combine(0xff as UInt8)
        case .array(let items):
            hasher.combine(4)
            hasher.combine(items)
        case .map(let pairs):
            hasher.combine(5)
            hasher.combine(pairs)
        case .tagged(let tag, let item):
            hasher.combine(6)
            hasher.combine(tag)
            hasher.combine(item)
        case .bool(let value):
            hasher.combine(7)
            hasher.combine(value)
        case .null:
            hasher.combine(8)
        case .float(let number):
            hasher.combine(9)
            hasher.combine(number.isNaN ? Double.nan.bitPattern : number.bitPattern)
        }
    }
}
