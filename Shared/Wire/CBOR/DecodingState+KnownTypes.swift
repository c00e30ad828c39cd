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
        if MemoryLayout<T>.size == 1 { return try decodeByte(type, at: position) }
        if T.self == Data.self { return rebind(Data(try byteString(at: position)), to: type) }
        if T.self == Int.self { return rebind(try integer(Int.self, at: position), to: type) }
        if T.self == Int64.self { return rebind(try integer(Int64.self, at: position), to: type) }
        if T.self == Double.self { return rebind(try double(at: position), to: type) }
        return try decodeRarer(type, at: position)
    }

    /// A value of one byte, most of which are enums.
    @inline(never)
    private func decodeByte<T: Decodable>(_ type: T.Type, at position: ItemPosition) throws -> T {
        if T.self == Bool.self { return rebind(try bool(at: position), to: type) }
        guard let texts = knownTexts(of: type), isCurrent(position) else {
            return try decodeUnknown(type, at: position)
        }
        if let (number, _) = texts.value(ofTextAt: Int(position.offset), in: reader) {
            // Safe because the number is one that a value of the type gave.
            return unsafeBitCast(number, to: type)
        }
        let value = try decodeUnknown(type, at: position)
        if isCurrent(position), let end = reader.shortEnd(at: Int(position.offset)) {
            let range = Int(position.offset)..<end
            texts.remember(value, as: UnsafeRawBufferPointer(rebasing: reader.bytes[range]))
        }
        return value
    }

    @inline(never)
    private func decodeRarer<T: Decodable>(_ type: T.Type, at position: ItemPosition) throws -> T {
        guard KnownTypeSize.range.contains(MemoryLayout<T>.size) else {
            return try decodeUnknown(type, at: position)
        }
        if T.self == [String].self {
            return rebind(try texts(at: position), to: type)
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

    private func texts(at position: ItemPosition) throws -> [String] {
        let head = try head(at: position)
        guard head.major == MajorType.array, head.argument <= 4 else {
            return try elements(at: position) { try text(at: $0) }
        }
        var next = ItemPosition(
            offset: UInt32(truncatingIfNeeded: head.end),
            container: position.container &+ 1
        )
        func element() throws -> String {
            if let content = reader.usualText(at: Int(next.offset)) {
                next.offset = UInt32(truncatingIfNeeded: content.upperBound)
                return UTF8Check.string(UnsafeRawBufferPointer(rebasing: reader.bytes[content]))
            }
            let text = try text(at: next)
            next = try after(next)
            return text
        }
        // The compiler knows the storage of a literal; for any other array the runtime looks its
        // type up again each time, which takes as long as ten fields.
        switch head.argument {
        case 0: return []
        case 1: return [try element()]
        case 2: return [try element(), try element()]
        case 3: return [try element(), try element(), try element()]
        default: return [try element(), try element(), try element(), try element()]
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
        // The scan has found as many items in the input.
        return try [Element](unsafeUninitializedCapacity: Int(entry.count)) { elements, count in
            for _ in 0..<entry.count {
                elements.initializeElement(at: count, to: try read(next))
                count += 1
                next = try after(next)
            }
        }
    }
}
