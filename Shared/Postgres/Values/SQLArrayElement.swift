/// A Swift type that can stand in a one-dimensional array parameter or column.
package protocol SQLArrayElement: Sendable {
    /// The element's type in the array.
    static var elementType: PostgresType { get }

    /// The type of the array itself.
    static var arrayType: PostgresType { get }

    /// Appends an array of these in binary format.
    static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws(SQLValueError)

    /// Reads an array of these.
    static func decodeArray(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> [Self]
}

extension Array: SQLValue where Element: SQLArrayElement {
    package static var parameterType: PostgresType { Element.arrayType }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        try Element.encodeArray(self, into: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> [Element] {
        try Element.decodeArray(bytes, type: type)
    }
}

extension SQLArrayElement where Self: SQLValue {
    package static func encodeArray(
        _ elements: [Self],
        into bytes: inout [UInt8]
    ) throws(SQLValueError) {
        guard elements.count <= Int(Int32.max) else {
            throw .unrepresentable("the array has too many elements")
        }
        Int32(elements.isEmpty ? 0 : 1).appendBigEndian(to: &bytes)
        Int32(elements.contains { $0.isNull } ? 1 : 0).appendBigEndian(to: &bytes)
        Self.elementType.rawValue.appendBigEndian(to: &bytes)
        guard !elements.isEmpty else { return }
        Int32(elements.count).appendBigEndian(to: &bytes)
        Int32(1).appendBigEndian(to: &bytes)
        for element in elements {
            guard !element.isNull else {
                Int32(-1).appendBigEndian(to: &bytes)
                continue
            }
            // The length goes in front once it is known.
            let start = bytes.count
            Int32(0).appendBigEndian(to: &bytes)
            try element.encode(into: &bytes)
            guard let byteCount = Int32(exactly: bytes.count - start - 4) else {
                throw .unrepresentable("the element is too large")
            }
            for place in 0..<4 {
                bytes[start + place] = UInt8(truncatingIfNeeded: byteCount >> (24 - 8 * place))
            }
        }
    }

    package static func decodeArray(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> [Self] {
        guard type == Self.arrayType || type.isUserDefined else { throw .typeMismatch }
        var reader = FieldReader()
        let dimensionCount = try reader.read(Int32.self, from: bytes)
        // Whether NULLs occur is seen from the elements themselves.
        _ = try reader.read(Int32.self, from: bytes)
        let elementType = PostgresType(rawValue: try reader.read(UInt32.self, from: bytes))
        guard dimensionCount != 0 else { return [] }
        guard dimensionCount == 1 else {
            throw .unrepresentable("the array has \(dimensionCount) dimensions")
        }
        let count = Int(try reader.read(Int32.self, from: bytes))
        // The lower bound: arrays that begin elsewhere than at 1 read the same.
        _ = try reader.read(Int32.self, from: bytes)
        guard count >= 0, count <= (bytes.count - reader.offset) / 4 else {
            throw .unrepresentable("the array ends early")
        }
        var elements: [Self] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            let byteCount = Int(try reader.read(Int32.self, from: bytes))
            if byteCount == -1 {
                elements.append(try Self.decodeNull())
            } else {
                let range = try reader.take(byteCount, of: bytes)
                elements.append(try Self.decode(bytes.extracting(range), type: elementType))
            }
        }
        return elements
    }
}

extension Optional: SQLArrayElement where Wrapped: SQLArrayElement & SQLValue {
    package static var elementType: PostgresType { Wrapped.elementType }
    package static var arrayType: PostgresType { Wrapped.arrayType }
}

extension SQLArrayElement where Self: RawRepresentable, RawValue: SQLArrayElement {
    package static var elementType: PostgresType { RawValue.elementType }
    package static var arrayType: PostgresType { RawValue.arrayType }
}

/// Bytes are no elements of their own: an array of them is one `bytea`.
extension UInt8: SQLArrayElement {
    package static var elementType: PostgresType { .bytea }
    package static var arrayType: PostgresType { .bytea }

    package static func encodeArray(
        _ elements: [UInt8],
        into bytes: inout [UInt8]
    ) throws(SQLValueError) {
        bytes.append(contentsOf: elements)
    }

    package static func decodeArray(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> [UInt8] {
        guard type == .bytea else { throw .typeMismatch }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            // Safe because Array copies the bytes before the span ends.
            unsafe Array(buffer)
        }
    }
}

extension Array: SQLArrayElement where Element == UInt8 {
    package static var elementType: PostgresType { .bytea }
    package static var arrayType: PostgresType { .byteaArray }
}
