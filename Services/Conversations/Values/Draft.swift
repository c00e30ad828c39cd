internal import RPC

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Columns of a row to be, by name: what the functions of the schema take as `jsonb`.
struct Draft: Hashable {
    /// The values; absent columns keep their default.
    private(set) var columns: [String: JSONValue] = [:]

    /// The draft as JSON text.
    var text: String { JSONValue.object(self.columns).text }

    /// Sets a column, if there is a value.
    mutating func set(_ column: String, _ value: String?) {
        self.columns[column] = value.map(JSONValue.string)
    }

    /// Sets a column, if there is a value.
    mutating func set(_ column: String, _ value: UUID?) {
        self.set(column, value?.uuidString.lowercased())
    }

    /// Sets a column, if there is a value.
    mutating func set(_ column: String, _ value: Date?) {
        self.set(column, value.map(Timestamp.text))
    }

    /// Sets a column, if there is a value.
    mutating func set(_ column: String, _ value: Int64?) {
        self.columns[column] = value.map(JSONValue.integer)
    }

    /// Sets a column, if there is a value.
    mutating func set(_ column: String, _ value: Double?) {
        self.columns[column] = value.map(JSONValue.number)
    }

    /// Sets a column, if there is a value.
    mutating func set(_ column: String, _ value: Bool?) {
        self.columns[column] = value.map(JSONValue.boolean)
    }

    /// Sets a `jsonb` column, if there is a value.
    mutating func set(_ column: String, json value: JSONValue?) { self.columns[column] = value }

    /// Sets a `bytea` column.
    mutating func set(_ column: String, bytes value: [UInt8]) {
        self.set(column, "\\x" + Digest.hexadecimal(value))
    }

    /// Empties a column.
    mutating func clear(_ column: String) { self.columns[column] = .null }
}
