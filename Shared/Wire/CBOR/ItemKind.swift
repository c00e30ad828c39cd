/// What an item of CBOR is, as far as its first byte tells (RFC 8949, section 3).
package enum ItemKind: Sendable {
    case null
    case boolean
    /// An integer or a float.
    case number
    case text
    case array
    case map
    /// A byte string, a tag or a simple value.
    case other
}

/// A decoder that can say what its item is, so that a type of many shapes need not try them all.
package protocol ItemKindDecoder: Decoder {
    /// What the item is; `nil` once the decoding has ended.
    var itemKind: ItemKind? { get }
}

extension ValueDecoder: ItemKindDecoder {
    var itemKind: ItemKind? {
        // Where the decoding is over, the read that follows says so.
        guard let head = try? state.head(at: position) else { return nil }
        switch head.major {
        case MajorType.unsigned, MajorType.negative: return .number
        case MajorType.text: return .text
        case MajorType.array: return .array
        case MajorType.map: return .map
        case MajorType.simple: break
        default: return .other
        }
        switch head.initialByte {
        case InitialByte.null: return .null
        case InitialByte.true, InitialByte.false: return .boolean
        case InitialByte.half, InitialByte.single, InitialByte.double: return .number
        default: return .other
        }
    }
}
