/// The prepared statements of one connection, bounded by use.
struct StatementCache: ~Copyable {
    /// A statement that the connection was asked to prepare.
    final class Statement {
        enum State {
            /// Sent; its answer has not come.
            case pending
            case ready
            /// The server refused it, or an earlier failure skipped it.
            case failed(DatabaseError)
        }

        let name: String
        let text: String
        let types: [PostgresType]
        var state = State.pending
        var lastUse: UInt64 = 0

        init(name: String, text: String, types: [PostgresType]) {
            self.name = name
            self.text = text
            self.types = types
        }
    }

    /// Statements that the server holds for one connection at most.
    static let capacity = 256

    /// One that is evicted but not yet deallocated.
    private static let reserved = 1

    /// By text; statements of one text with different parameter types are rare.
    private var byText: [String: [Statement]] = [:]
    private(set) var count = 0
    private var useCount: UInt64 = 0
    private var nextNumber: UInt64 = 0

    /// Names that the server still holds and nobody needs.
    private var retired: [String] = []

    /// The statement for `sql`, and whether it has to be prepared first.
    mutating func statement(for sql: SQL) -> (statement: Statement, isNew: Bool) {
        self.useCount += 1
        if let known = self.byText[sql.text]?.first(where: {
            sql.parameters.hasSameTypes(as: $0.types)
        }) {
            known.lastUse = self.useCount
            return (known, false)
        }
        if self.count >= Self.capacity - Self.reserved {
            self.evictLeastRecentlyUsed()
        }
        let statement = self.makeStatement(for: sql)
        statement.lastUse = self.useCount
        self.byText[sql.text, default: []].append(statement)
        self.count += 1
        return (statement, true)
    }

    private mutating func makeStatement(for sql: SQL) -> Statement {
        self.nextNumber += 1
        return Statement(
            name: "s\(self.nextNumber)",
            text: sql.text,
            types: sql.parameters.parameters.map(\.type)
        )
    }

    /// Forgets a statement that the server does not hold.
    mutating func remove(_ statement: Statement) {
        guard var statements = self.byText[statement.text],
            let index = statements.firstIndex(where: { $0 === statement })
        else { return }
        statements.remove(at: index)
        self.byText[statement.text] = statements.isEmpty ? nil : statements
        self.count -= 1
    }

    /// Forgets a statement that the server holds.
    mutating func retire(_ statement: Statement) {
        let countBefore = self.count
        self.remove(statement)
        if self.count < countBefore {
            self.retired.append(statement.name)
        }
    }

    /// Forgets every statement that was prepared: the server has dropped them.
    mutating func removeAllReady() {
        for statement in Array(self.byText.values.joined()) {
            if case .ready = statement.state {
                self.remove(statement)
            }
        }
        self.retired = []
    }

    /// Names to deallocate now.
    mutating func takeRetired() -> [String] {
        guard !self.retired.isEmpty else { return [] }
        defer { self.retired = [] }
        return self.retired
    }

    /// Statements whose answer is due stay, even beyond the capacity.
    private mutating func evictLeastRecentlyUsed() {
        var oldest: Statement?
        for statement in self.byText.values.joined() {
            guard case .ready = statement.state else { continue }
            if oldest.map({ statement.lastUse < $0.lastUse }) ?? true {
                oldest = statement
            }
        }
        if let oldest {
            self.retire(oldest)
        }
    }
}
