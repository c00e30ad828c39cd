internal import RPC

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// The members of an object in a file, read as what they must be.
///
/// Each throws an ``ImportRefusal`` that names the field, if it is there but something else.
struct FileFields {
    /// The members by name.
    let members: [String: JSONValue]

    /// Reads an object.
    init(_ value: JSONValue, _ place: String) throws {
        guard let members = value.object else {
            throw ImportRefusal("import_malformed", "\(place) is not an object.")
        }
        self.members = members
    }

    /// Reads members that were collected one by one.
    init(_ members: [String: JSONValue]) { self.members = members }

    /// A member that is there and is not null.
    subscript(name: String) -> JSONValue? {
        guard let value = self.members[name], value != .null else { return nil }
        return value
    }

    /// A text.
    func string(_ name: String) throws -> String? {
        try self.read(name, "text") { $0.string }
    }

    /// A text that must be there.
    func requiredString(_ name: String) throws -> String {
        guard let value = try self.string(name) else {
            throw ImportRefusal("import_malformed", "\(name) is missing.")
        }
        return value
    }

    /// The id of a conversation or message in the file: 1 to 200 characters.
    func identifier(_ name: String) throws -> String? {
        guard let value = try self.string(name) else { return nil }
        guard (1...200).contains(value.unicodeScalars.count), !value.utf8.contains(0) else {
            throw ImportRefusal("import_malformed", "\(name) must have 1 to 200 characters.")
        }
        return value
    }

    /// A whole number.
    func integer(_ name: String) throws -> Int64? {
        try self.read(name, "a whole number") { $0.integer }
    }

    /// A whole number.
    func count(_ name: String) throws -> Int? {
        try self.read(name, "a whole number") { $0.integer.flatMap(Int.init(exactly:)) }
    }

    /// A number.
    func number(_ name: String) throws -> Double? { try self.read(name, "a number") { $0.number } }

    /// A truth value.
    func boolean(_ name: String) throws -> Bool? {
        try self.read(name, "true or false") { $0.boolean }
    }

    /// A list.
    func array(_ name: String) throws -> [JSONValue]? { try self.read(name, "a list") { $0.array } }

    /// A UUID.
    func uuid(_ name: String) throws -> UUID? {
        try self.read(name, "a UUID") { $0.string.flatMap { UUID(uuidString: $0) } }
    }

    /// A time in RFC 3339.
    func date(_ name: String) throws -> Date? {
        try self.read(name, "a time from 1970 to 9999 in RFC 3339") { value in
            value.string.flatMap(Timestamp.date).flatMap {
                Timestamp.range.contains($0) ? $0 : nil
            }
        }
    }

    /// A time that must be there.
    func requiredDate(_ name: String) throws -> Date {
        guard let value = try self.date(name) else {
            throw ImportRefusal("import_malformed", "\(name) is missing.")
        }
        return value
    }

    private func read<T>(
        _ name: String,
        _ kind: String,
        _ convert: (JSONValue) -> T?
    ) throws -> T? {
        guard let value = self[name] else { return nil }
        guard let converted = convert(value) else {
            throw ImportRefusal("import_malformed", "\(name) must be \(kind).")
        }
        return converted
    }
}
