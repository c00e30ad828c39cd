/// A statement with its bound values, written as an interpolated string.
///
///     let sql: SQL = "SELECT name FROM people WHERE id = \(id) AND state = \(state)"
///
/// Each interpolated value becomes a parameter (`$1`, `$2`, …), none becomes part of the text.
/// `\(raw:)` takes constants only, `\(identifier:)` quotes a name, `\(fragment:)` nests a statement
/// with its parameters renumbered.
package struct SQL: Sendable {
    /// The statement with `$1`, `$2`, … in the place of values.
    package private(set) var text = ""

    /// The values in the order of their numbers.
    private(set) var parameters = SQLParameters()

    /// Where in `text` each parameter's marker begins, in UTF-8 bytes.
    private var markerOffsets: [Int] = []

    package init() {}

    /// Why this statement cannot be sent, if a value of it has no equal in PostgreSQL.
    var invalidValue: SQLValueError? { self.parameters.invalidValue }

    /// Appends a statement's text and values, renumbering its parameters.
    package mutating func append(_ other: SQL) {
        guard !other.markerOffsets.isEmpty else {
            self.text += other.text
            return
        }
        let base = self.parameters.count
        var copied = 0
        let source = other.text.utf8
        for (index, offset) in other.markerOffsets.enumerated() {
            self.appendSlice(of: source, copied..<offset)
            self.appendMarker(base + index + 1)
            copied = offset + Self.markerByteCount(index + 1)
        }
        self.appendSlice(of: source, copied..<source.count)
        self.parameters.append(other.parameters)
    }

    /// Both statements one after the other.
    package static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    package static func += (left: inout SQL, right: SQL) {
        left.append(right)
    }

    private mutating func appendSlice(of source: String.UTF8View, _ range: Range<Int>) {
        let start = source.index(source.startIndex, offsetBy: range.lowerBound)
        let end = source.index(start, offsetBy: range.count)
        self.text += Substring(source[start..<end])
    }

    private mutating func appendMarker(_ number: Int) {
        self.markerOffsets.append(self.text.utf8.count)
        self.text += "$"
        self.text += String(number)
    }

    private static func markerByteCount(_ number: Int) -> Int {
        1 + String(number).utf8.count
    }

    fileprivate mutating func appendText(_ text: String) {
        self.text += text
    }

    mutating func reserveCapacity(_ parameterCount: Int, byteCount: Int) {
        self.parameters.reserveCapacity(parameterCount, byteCount: byteCount)
    }

    /// Binds a value whose marker the text already has.
    mutating func bindInTemplate(_ value: some SQLValue) {
        self.parameters.append(value)
    }

    fileprivate mutating func bind(_ value: some SQLValue) {
        self.parameters.append(value)
        self.appendMarker(self.parameters.count)
    }
}

extension SQL: ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) {
        self.text = value
    }

    package init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.sql
    }

    /// Collects the literal parts and the bound values of a statement.
    package struct StringInterpolation: StringInterpolationProtocol, Sendable {
        fileprivate var sql = SQL()

        package init(literalCapacity: Int, interpolationCount: Int) {
            self.sql.text.reserveCapacity(literalCapacity + 2 * interpolationCount)
            if interpolationCount > 0 {
                self.sql.reserveCapacity(interpolationCount, byteCount: 16 * interpolationCount)
            }
        }

        package mutating func appendLiteral(_ literal: String) {
            self.sql.appendText(literal)
        }

        /// Binds a value as a parameter.
        package mutating func appendInterpolation(_ value: some SQLValue) {
            self.sql.bind(value)
        }

        /// Binds a value, or NULL, as a parameter.
        package mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) {
            self.sql.bind(value)
        }

        /// Nests another statement with its values.
        package mutating func appendInterpolation(fragment: SQL) {
            self.sql.append(fragment)
        }

        /// Inserts a constant of the program's text as it is.
        package mutating func appendInterpolation(raw: StaticString) {
            self.sql.appendText(raw.description)
        }

        /// Inserts the quoted name of a table, column, schema, role or channel.
        package mutating func appendInterpolation(identifier: String) {
            self.sql.appendText(SQL.quotedIdentifier(identifier))
        }
    }

    /// A name in double quotes, with quotes inside doubled and U+0000 left out.
    static func quotedIdentifier(_ name: String) -> String {
        var quoted = "\""
        for character in name.unicodeScalars where character != "\0" {
            if character == "\"" {
                quoted += "\""
            }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }
}

extension Collection where Element == SQL {
    /// The statements one after the other with `separator` between them.
    package func joined(separator: SQL) -> SQL {
        var result = SQL()
        for (index, statement) in self.enumerated() {
            if index > 0 {
                result.append(separator)
            }
            result.append(statement)
        }
        return result
    }
}
