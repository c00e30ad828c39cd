import Testing

@testable import Postgres

extension PostgresTests {
    @Suite("Statements")
    struct SQLTests {
        @Test("interpolated values become numbered parameters and never text")
        func bindsValues() {
            let name = "'; DROP TABLE people; --"
            let sql: SQL = "SELECT \(name), \(3), \(nil as Int?)"
            #expect(sql.text == "SELECT $1, $2, $3")
            #expect(sql.parameters.count == 3)
            #expect(sql.parameters.parameters[2].byteCount == nil)
            #expect(sql.parameters.parameters.map(\.type) == [.inferred, .int8, .int8])
        }

        @Test("a nested statement's parameters are renumbered")
        func nestsStatements() {
            let condition: SQL = "a = \(1) AND b = \("$1")"
            let twelve = (0..<12).map { "c = \($0)" as SQL }.joined(separator: " OR ")
            let sql: SQL =
                "SELECT \(0) WHERE \(fragment: condition) AND (\(fragment: twelve)) x\(9)"
            #expect(
                sql.text == "SELECT $1 WHERE a = $2 AND b = $3 AND (c = $4 OR c = $5 OR c = $6 OR "
                    + "c = $7 OR c = $8 OR c = $9 OR c = $10 OR c = $11 OR c = $12 OR c = $13 OR "
                    + "c = $14 OR c = $15) x$16"
            )
            #expect(sql.parameters.count == 16)
            let nestedAgain: SQL = "\(true) \(fragment: sql)"
            #expect(nestedAgain.text.hasPrefix("$1 SELECT $2 WHERE a = $3"))
            #expect(nestedAgain.text.hasSuffix("c = $16) x$17"))
        }

        @Test("statements are joined with + and +=")
        func adds() {
            var sql: SQL = "a \(1)"
            sql += " b \(2)"
            #expect((sql + " c \(3)" + " d").text == "a $1 b $2 c $3 d")
        }

        @Test("an identifier is quoted, whatever it contains")
        func quotesIdentifiers() {
            let sql: SQL = "SELECT * FROM \(identifier: "a\"b\0; c") \(raw: "LIMIT 1")"
            #expect(sql.text == "SELECT * FROM \"a\"\"b; c\" LIMIT 1")
        }

        @Test("a value PostgreSQL does not have makes the statement invalid")
        func findsInvalidValues() {
            #expect(("SELECT \("a\0b")" as SQL).invalidValue != nil)
            #expect(("SELECT \(["a", "b\0"])" as SQL).invalidValue != nil)
            #expect(("SELECT \("a")" as SQL).invalidValue == nil)
            let nested: SQL = "SELECT \(fragment: "\("\0")")"
            #expect(nested.invalidValue != nil)
        }

        @Test("more parameters than the protocol counts make the statement invalid")
        func countsParameters() {
            let fitting = [SQL](repeating: "\(true)", count: 65_535).joined(separator: ",")
            #expect(fitting.invalidValue == nil)
            #expect((fitting + ",\(true)").invalidValue != nil)
        }

        @Test("internet addresses are read and written in their usual forms")
        func parsesAddresses() {
            for text in ["192.0.2.7", "10.0.0.0/8", "2001:db8::1", "::/0", "fe80::/64"] {
                #expect(InternetAddress(text)?.description == text)
            }
            for text in [
                "", "1.2.3", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "::/129", "1.2.3.4/+8", "a",
                "1.2.3.4\0",
            ] {
                #expect(InternetAddress(text) == nil, "\(text)")
            }
        }
    }
}
