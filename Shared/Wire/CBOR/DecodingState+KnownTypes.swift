import FoundationEssentials
import NIOCore

extension DecodingState {
    /// The value of any type at a position.
    ///
    /// The types whose form the codec decides are told by comparing metatypes. An optional result
    /// would cost a look-up of its type's metadata for each value.
    func decode<T: Decodable>(_ type: T.Type, at position: ItemPosition) throws -> T {
        if T.self == String.self { return rebind(try text(at: position), to: type) }
        if T.self == UUID.self { return rebind(try uuid(at: position), to: type) }
        if T.self == Date.self { return rebind(try date(at: position), to: type) }
        if T.self == Data.self { return rebind(Data(try byteString(at: position)), to: type) }
        if T.self == Int.self { return rebind(try integer(Int.self, at: position), to: type) }
        if T.self == Int64.self { return rebind(try integer(Int64.self, at: position), to: type) }
        if T.self == Bool.self { return rebind(try bool(at: position), to: type) }
        if T.self == Double.self { return rebind(try double(at: position), to: type) }
        return try decodeRarer(type, at: position)
    }

    @inline(never)
    private func decodeRarer<T: Decodable>(_ type: T.Type, at position: ItemPosition) throws -> T {
        guard KnownTypeSize.range.contains(MemoryLayout<T>.size) else {
            return try decodeUnknown(type, at: position)
        }
        if T.self == [String].self {
            return rebind(try elements(at: position) { try text(at: $0) }, to: type)
        }
        if T.self == [UInt8].self {
            return rebind([UInt8](try byteString(at: position)), to: type)
        }
        if T.self == [UUID].self {
            return rebind(try elements(at: position) { try uuid(at: $0) }, to: type)
        }
        if T.self == [Int].self {
            return rebind(
                try elements(at: position) { try integer(Int.self, at: $0) },
                to: type
            )
        }
        if T.self == [Double].self {
            return rebind(try elements(at: position) { try double(at: $0) }, to: type)
        }
        if T.self == [Float].self {
            return rebind(try elements(at: position) { try float(at: $0) }, to: type)
        }
        if T.self == CBORValue.self {
            return rebind(try dynamicValue(at: position), to: type)
        }
        if T.self == ByteBuffer.self { return rebind(try slice(at: position), to: type) }
        if T.self == Decimal.self { return rebind(try decimal(at: position), to: type) }
        return try decodeUnknown(type, at: position)
    }

    /// Lets a type read itself.
    private func decodeUnknown<T: Decodable>(
        _ type: T.Type,
        at position: ItemPosition
    ) throws -> T {
        do {
            return try T(from: ValueDecoder(state: self, position: position, type: type))
        } catch let error as CBORError {
            throw error
        } catch {
            throw self.error(decoding: error, at: position)
        }
    }

    private func elements<Element>(
        at position: ItemPosition,
        _ read: (ItemPosition) throws -> Element
    ) throws -> [Element] {
        let head = try head(at: position)
        guard head.major == MajorType.array else {
            throw mismatch(expected: "an array", at: position)
        }
        let entry = try container(position.container)
        var next = ItemPosition(offset: entry.first, container: position.container + 1)
        var elements: [Element] = []
        // The scan has found as many items in the input.
        elements.reserveCapacity(Int(entry.count))
        for _ in 0..<entry.count {
            elements.append(try read(next))
            next = try after(next)
        }
        return elements
    }
}
