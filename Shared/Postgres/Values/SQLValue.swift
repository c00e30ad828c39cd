/// A Swift type that can be bound to a statement's parameter and read from a result's column.
///
/// Parameters and results travel in PostgreSQL's binary format, but for strings at the top level,
/// which are sent as text so that the server can infer their type (an enum, `uuid`, `date`, …).
///
/// An enum with `String` or `Int32` raw values conforms by name alone:
/// `extension Status: SQLValue {}`.
package protocol SQLValue: Sendable {
    /// The type a parameter of this Swift type is declared with.
    static var parameterType: PostgresType { get }

    /// The format in which `encode(into:)` writes.
    static var parameterFormat: ParameterFormat { get }

    /// Whether this value is SQL's NULL.
    var isNull: Bool { get }

    /// Appends the value.
    ///
    /// - Throws: `SQLValueError` when PostgreSQL has no such value.
    func encode(into bytes: inout [UInt8]) throws(SQLValueError)

    /// Reads a column's value that is not NULL.
    ///
    /// - Throws: `SQLValueError` when `type` does not fit or the value has no equal in Swift.
    static func decode(_ bytes: Span<UInt8>, type: PostgresType) throws(SQLValueError) -> Self

    /// What NULL becomes.
    ///
    /// - Throws: `SQLValueError.unexpectedNull` unless the type is optional.
    static func decodeNull() throws(SQLValueError) -> Self
}

/// How a parameter's bytes are to be read by the server.
package enum ParameterFormat: Int32, Sendable {
    case text = 0
    case binary = 1
}

/// Why a value could not be bound or read.
package enum SQLValueError: Error, Hashable, Sendable {
    /// The column is NULL and the Swift type has no place for it.
    case unexpectedNull
    /// The column's type is not one that the Swift type reads.
    case typeMismatch
    /// The value exists on one side only: out of range, infinite, malformed.
    case unrepresentable(String)
}

extension SQLValue {
    package static var parameterFormat: ParameterFormat { .binary }

    package var isNull: Bool { false }

    package static func decodeNull() throws(SQLValueError) -> Self {
        throw .unexpectedNull
    }
}

/// Names both sides of an enum that is stored as text, alone and in arrays.
package protocol SQLEnum: SQLValue, SQLArrayElement, RawRepresentable where RawValue == String {}

extension SQLValue where Self: RawRepresentable, RawValue: SQLValue {
    package static var parameterType: PostgresType { RawValue.parameterType }

    package static var parameterFormat: ParameterFormat { RawValue.parameterFormat }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        try self.rawValue.encode(into: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Self {
        let rawValue = try RawValue.decode(bytes, type: type)
        guard let value = Self(rawValue: rawValue) else {
            throw .unrepresentable("\(Self.self) has no case for this value")
        }
        return value
    }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    package static var parameterType: PostgresType { Wrapped.parameterType }

    package static var parameterFormat: ParameterFormat { Wrapped.parameterFormat }

    package var isNull: Bool {
        switch self {
        case .none: true
        case .some(let wrapped): wrapped.isNull
        }
    }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        if case .some(let wrapped) = self {
            try wrapped.encode(into: &bytes)
        }
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Wrapped? {
        .some(try Wrapped.decode(bytes, type: type))
    }

    package static func decodeNull() throws(SQLValueError) -> Wrapped? {
        .none
    }
}
