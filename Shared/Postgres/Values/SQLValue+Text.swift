package import FoundationEssentials

extension String: SQLValue, SQLArrayElement {
    /// Left to the server, so that a string also fits an enum, a `uuid` or a `date` column.
    package static var parameterType: PostgresType { .inferred }
    package static var parameterFormat: ParameterFormat { .text }
    package static var elementType: PostgresType { .text }
    package static var arrayType: PostgresType { .textArray }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        let start = bytes.count
        bytes.append(contentsOf: self.utf8)
        if bytes[start...].contains(0) {
            throw .unrepresentable("text cannot hold the character U+0000")
        }
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> String {
        switch type {
        case .text, .varchar, .bpchar, .name, .char, .json, .unknown: break
        case _ where type.isUserDefined: break
        default: throw .typeMismatch
        }
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw .unrepresentable("the text is not UTF-8")
        }
    }
}

extension UUID: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .uuid }
    package static var elementType: PostgresType { .uuid }
    package static var arrayType: PostgresType { .uuidArray }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        let value = self.uuid
        bytes.append(contentsOf: [
            value.0, value.1, value.2, value.3, value.4, value.5, value.6, value.7,
            value.8, value.9, value.10, value.11, value.12, value.13, value.14, value.15,
        ])
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> UUID {
        guard type == .uuid else { throw .typeMismatch }
        guard bytes.count == 16 else { throw .unrepresentable("a uuid has 16 bytes") }
        return UUID(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
                bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14],
                bytes[15]
            )
        )
    }
}

extension Data: SQLValue, SQLArrayElement {
    package static var parameterType: PostgresType { .bytea }
    package static var elementType: PostgresType { .bytea }
    package static var arrayType: PostgresType { .byteaArray }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        bytes.append(contentsOf: self)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Data {
        guard type == .bytea else { throw .typeMismatch }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            // Safe because Data copies the bytes before the span ends.
            unsafe Data(buffer)
        }
    }
}

/// A JSON document as text, bound to and read from `jsonb` and `json`.
///
/// The server checks that it is JSON; reading `jsonb` gives the server's normal form.
package struct JSONText: Hashable, Sendable {
    /// The document.
    package var text: String

    package init(_ text: String) {
        self.text = text
    }
}

extension JSONText: SQLValue, SQLArrayElement {
    /// The only version of the binary format of `jsonb`.
    private static let formatVersion: UInt8 = 1

    package static var parameterType: PostgresType { .jsonb }
    package static var elementType: PostgresType { .jsonb }
    package static var arrayType: PostgresType { .jsonbArray }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        bytes.append(Self.formatVersion)
        try self.text.encode(into: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> JSONText {
        switch type {
        case .json:
            return JSONText(try String.decode(bytes, type: .text))
        case .jsonb:
            guard bytes.count > 0, bytes[0] == Self.formatVersion else {
                throw .unrepresentable("unknown version of the binary format of jsonb")
            }
            return JSONText(try String.decode(bytes.extracting(1...), type: .text))
        default:
            throw .typeMismatch
        }
    }
}
