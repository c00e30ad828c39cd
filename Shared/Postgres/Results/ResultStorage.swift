internal import CPostgres
internal import Glibc
internal import Locks

/// Owns one result of libpq; rows read their columns from it without copying.
///
/// Safe because a result is never changed after it was received, so that any thread may read it.
@safe
final class ResultStorage: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int
    /// The column after the one that was looked up last: most rows are read from left to right.
    private let likelyColumn = Atomic(0)

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
        self.rowCount = Int(unsafe PQntuples(pointer))
        self.columnCount = Int(unsafe PQnfields(pointer))
    }

    deinit {
        unsafe PQclear(self.pointer)
    }

    var status: ExecStatusType {
        unsafe PQresultStatus(self.pointer)
    }

    /// Rows a change affected or a query returned, from the command's tag.
    var affectedRowCount: Int {
        // Safe because the tag lives as long as the result.
        unsafe Int(String(cString: PQcmdTuples(self.pointer))) ?? 0
    }

    /// The command's tag, such as "COMMIT".
    var commandStatus: String {
        // Safe because the tag lives as long as the result.
        unsafe String(cString: PQcmdStatus(self.pointer))
    }

    /// The column with this name; any of them where several have it.
    func columnIndex(of name: String) -> Int? {
        unsafe name.withCString { wanted in
            let first = self.likelyColumn.load(ordering: .relaxed)
            for offset in 0..<self.columnCount {
                let index = (first + offset) % self.columnCount
                // Safe because libpq returns a zero-terminated name for a column that exists.
                if let candidate = unsafe PQfname(self.pointer, CInt(index)),
                    unsafe strcmp(candidate, wanted) == 0
                {
                    self.likelyColumn.store(index + 1, ordering: .relaxed)
                    return index
                }
            }
            return nil
        }
    }

    func columnName(_ index: Int) -> String {
        guard let name = unsafe PQfname(self.pointer, CInt(index)) else { return "" }
        // Safe because the name is zero-terminated and lives as long as the result.
        return unsafe String(cString: name)
    }

    func columnType(_ index: Int) -> PostgresType {
        PostgresType(rawValue: unsafe PQftype(self.pointer, CInt(index)))
    }

    /// Reads one value; the caller has checked both indices.
    func decode<Value: SQLValue>(
        row: Int,
        column: Int,
        as: Value.Type
    ) throws(SQLValueError) -> Value {
        if unsafe PQgetisnull(self.pointer, CInt(row), CInt(column)) != 0 {
            return try Value.decodeNull()
        }
        let byteCount = Int(unsafe PQgetlength(self.pointer, CInt(row), CInt(column)))
        let start = unsafe PQgetvalue(self.pointer, CInt(row), CInt(column))
        // Safe because the value lives as long as the result, which this method holds on to.
        defer { withExtendedLifetime(self) {} }
        let buffer = unsafe UnsafeRawBufferPointer(start: start, count: byteCount)
        return try unsafe Value.decode(
            buffer.bindMemory(to: UInt8.self).span,
            type: self.columnType(column)
        )
    }

    /// One field of an error report, for instance its SQLSTATE.
    func errorField(_ field: CInt) -> String? {
        guard let text = unsafe PQresultErrorField(self.pointer, field) else { return nil }
        // Safe because the field is zero-terminated and lives as long as the result.
        return unsafe String(cString: text)
    }

    var errorMessage: String {
        guard let text = unsafe PQresultErrorMessage(self.pointer) else { return "" }
        // Safe because the message is zero-terminated and lives as long as the result.
        return unsafe String(cString: text)
    }
}
