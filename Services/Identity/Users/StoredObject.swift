internal import FoundationEssentials
internal import Postgres
internal import RPC

/// Objects of the caller's own shape, between the wire and `jsonb`.
enum StoredObject {
    /// The most bytes that such an object may have as JSON.
    static let maximumByteCount = 16_384
    /// The most levels of arrays and objects in each other, the object itself counting as one.
    static let maximumDepth = 8

    /// An object as it is stored.
    ///
    /// - Throws: `identity.object_invalid` if it is too large, too deep, or has text that Postgres
    ///   cannot keep.
    static func encode(_ object: [String: JSONValue], field: String) throws -> JSONText {
        guard self.isStorable(.object(object), depth: self.maximumDepth) else {
            throw RPCError.invalid(
                field, "object_invalid",
                "\(field) is nested at most \(self.maximumDepth) deep and has no NUL characters.")
        }
        let data = try JSONEncoder().encode(object)
        guard data.count <= self.maximumByteCount else {
            throw RPCError.invalid(
                field, "object_invalid",
                "\(field) has at most \(self.maximumByteCount) bytes as JSON.")
        }
        return JSONText(String(decoding: data, as: UTF8.self))
    }

    /// A stored object as it goes over the wire.
    static func decode(_ stored: JSONText) throws -> [String: JSONValue] {
        guard stored.text != "{}" else { return [:] }
        return try JSONDecoder().decode([String: JSONValue].self, from: Data(stored.text.utf8))
    }

    private static func isStorable(_ value: JSONValue, depth: Int) -> Bool {
        switch value {
        case .null, .boolean, .integer: true
        case .number(let number): number.isFinite
        case .string(let text): !text.utf8.contains(0)
        case .array(let values):
            depth > 0 && values.allSatisfy { self.isStorable($0, depth: depth - 1) }
        case .object(let values):
            depth > 0
                && values.allSatisfy {
                    !$0.key.utf8.contains(0) && self.isStorable($0.value, depth: depth - 1)
                }
        }
    }
}
