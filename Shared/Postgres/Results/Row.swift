/// One row of a result; reading a column decodes it then.
package struct Row: Sendable {
    private let storage: ResultStorage
    private let index: Int

    init(storage: ResultStorage, index: Int) {
        self.storage = storage
        self.index = index
    }

    /// Number of columns.
    package var columnCount: Int { self.storage.columnCount }

    /// Reads the column named `column`; any of them where several have that name.
    ///
    /// - Throws: `DatabaseError` with code `decoding` that names the column and both types, when
    ///   the column is missing, NULL without being asked for as optional, or of another type.
    package func get<Value: SQLValue>(
        _ column: String,
        as type: Value.Type = Value.self
    ) throws -> Value {
        guard let columnIndex = self.storage.columnIndex(of: column) else {
            throw DatabaseError.decoding(column: column, "the result has no such column")
        }
        return try self.decode(columnIndex, as: type)
    }

    /// Reads the column at `index`, counted from 0.
    ///
    /// - Throws: as `get(_:as:)` by name does.
    package func get<Value: SQLValue>(
        _ index: Int,
        as type: Value.Type = Value.self
    ) throws -> Value {
        guard (0..<self.storage.columnCount).contains(index) else {
            throw DatabaseError.decoding(
                column: String(index),
                "the result has \(self.storage.columnCount) columns"
            )
        }
        return try self.decode(index, as: type)
    }

    private func decode<Value: SQLValue>(_ column: Int, as type: Value.Type) throws -> Value {
        do {
            return try self.storage.decode(row: self.index, column: column, as: type)
        } catch {
            let reason =
                switch error {
                case .unexpectedNull: "it is NULL"
                case .typeMismatch: "the types do not fit"
                case .unrepresentable(let reason): reason
                }
            throw DatabaseError.decoding(
                column: self.storage.columnName(column),
                "\(self.storage.columnType(column)) cannot be read as \(type): \(reason)"
            )
        }
    }
}

/// A type that is made from one row.
package protocol RowDecodable {
    /// Reads the columns it needs.
    ///
    /// - Throws: what `Row.get` throws.
    init(row: Row) throws
}

/// What a statement returned.
package struct QueryResult: Sendable {
    /// The rows in the server's order; empty for a statement that returns none.
    package let rows: [Row]

    private let storage: ResultStorage

    init(storage: ResultStorage) {
        self.rows = (0..<storage.rowCount).map { Row(storage: storage, index: $0) }
        self.storage = storage
    }

    /// Rows that were inserted, updated, deleted or returned.
    package var affectedRowCount: Int { self.storage.affectedRowCount }

    /// Reads every row as `Value`.
    package func decode<Value: RowDecodable>(_: Value.Type = Value.self) throws -> [Value] {
        try self.rows.map(Value.init(row:))
    }

    /// Reads the first row as `Value`, `nil` when there is none.
    package func decodeFirst<Value: RowDecodable>(_: Value.Type = Value.self) throws -> Value? {
        try self.rows.first.map(Value.init(row:))
    }
}
