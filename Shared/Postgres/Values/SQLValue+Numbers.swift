extension Bool: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .bool }
    package static var elementType: PostgresType { .bool }
    package static var arrayType: PostgresType { .boolArray }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        bytes.append(self ? 1 : 0)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Bool {
        guard type == .bool else { throw .typeMismatch }
        return try UInt8(bigEndianBytes: bytes) != 0
    }
}

extension Int16: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .int2 }
    package static var elementType: PostgresType { .int2 }
    package static var arrayType: PostgresType { .int2Array }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        self.appendBigEndian(to: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Int16 {
        guard type == .int2 else { throw .typeMismatch }
        return try Int16(bigEndianBytes: bytes)
    }
}

extension Int32: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .int4 }
    package static var elementType: PostgresType { .int4 }
    package static var arrayType: PostgresType { .int4Array }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        self.appendBigEndian(to: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Int32 {
        switch type {
        case .int4: try Int32(bigEndianBytes: bytes)
        case .int2: try Int32(Int16(bigEndianBytes: bytes))
        default: throw .typeMismatch
        }
    }
}

extension Int64: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .int8 }
    package static var elementType: PostgresType { .int8 }
    package static var arrayType: PostgresType { .int8Array }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        self.appendBigEndian(to: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Int64 {
        switch type {
        case .int8: try Int64(bigEndianBytes: bytes)
        case .int4: try Int64(Int32(bigEndianBytes: bytes))
        case .int2: try Int64(Int16(bigEndianBytes: bytes))
        default: throw .typeMismatch
        }
    }
}

extension Int: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .int8 }
    package static var elementType: PostgresType { .int8 }
    package static var arrayType: PostgresType { .int8Array }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        self.appendBigEndian(to: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Int {
        Int(try Int64.decode(bytes, type: type))
    }
}

extension Float: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .float4 }
    package static var elementType: PostgresType { .float4 }
    package static var arrayType: PostgresType { .float4Array }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        self.bitPattern.appendBigEndian(to: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Float {
        guard type == .float4 else { throw .typeMismatch }
        return Float(bitPattern: try UInt32(bigEndianBytes: bytes))
    }
}

extension Double: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .float8 }
    package static var elementType: PostgresType { .float8 }
    package static var arrayType: PostgresType { .float8Array }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        self.bitPattern.appendBigEndian(to: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Double {
        switch type {
        case .float8: Double(bitPattern: try UInt64(bigEndianBytes: bytes))
        case .float4: Double(try Float.decode(bytes, type: type))
        default: throw .typeMismatch
        }
    }
}
