import FoundationEssentials
import Postgres
import PostgresTestSupport
import Testing

private enum Mood: String, SQLEnum, CaseIterable {
    case happy
    case sad
}

private enum Level: Int32, SQLValue {
    case low = 1
    case high = 2
}

extension PostgresTests {
    @Suite("Values")
    struct ValueTests {
        /// Sends each value to the server as itself and in an array and expects it back.
        private func expectRoundTrips<Value: SQLValue & SQLArrayElement & Equatable>(
            _ values: [Value],
            _ cast: StaticString,
            _ database: Database
        ) async throws {
            for value in values {
                let sql: SQL = "SELECT \(value)::\(raw: cast)"
                #expect(try await database.value(sql, Value.self) == value)
            }
            let arrays: [[Value?]] = [[], [nil], values.map { $0 }, values + [nil]]
            for array in arrays {
                let sql: SQL = "SELECT \(array)::\(raw: cast)[]"
                #expect(try await database.value(sql, [Value?].self) == array)
            }
            let null: SQL = "SELECT \(nil as Value?)::\(raw: cast)"
            #expect(try await database.value(null, Value?.self) == nil)
        }

        @Test("every type comes back as it went, at its limits, in arrays and as NULL")
        func roundTrips() async throws {
            try await withDatabase { database in
                try await expectRoundTrips([true, false], "boolean", database)
                try await expectRoundTrips([Int16.min, 0, .max], "smallint", database)
                try await expectRoundTrips([Int32.min, -1, .max], "integer", database)
                try await expectRoundTrips([Int64.min, 1, .max], "bigint", database)
                try await expectRoundTrips([Int.min, 0, .max], "bigint", database)
                try await expectRoundTrips(
                    [Float.leastNonzeroMagnitude, .greatestFiniteMagnitude, -.infinity],
                    "real",
                    database
                )
                try await expectRoundTrips(
                    [Double.leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -0.5],
                    "double precision",
                    database
                )
                try await expectRoundTrips(
                    ["", "ä€😀", "{\"a,b\"}", "NULL", "\\", "\u{1}\n\t"],
                    "text",
                    database
                )
                try await expectRoundTrips([UUID(), UUID()], "uuid", database)
                try await expectRoundTrips(
                    [Data(), Data([0, 1, 255]), Data(repeating: 7, count: 100_000)],
                    "bytea",
                    database
                )
                try await expectRoundTrips([[], [0, 255], [UInt8](0...255)], "bytea", database)
                try await expectRoundTrips(
                    [JSONText("{}"), JSONText(#"{"a": [1, null, "ä"]}"#)],
                    "jsonb",
                    database
                )
                try await expectRoundTrips(
                    ["192.0.2.7", "10.0.0.0/8", "::1", "2001:db8::/32"].compactMap {
                        InternetAddress($0)
                    },
                    "inet",
                    database
                )
            }
        }

        @Test("dates keep their microseconds from 4713 BC to 294276 AD")
        func dates() async throws {
            try await withDatabase { database in
                let seconds = [0, 1e-6, 0.999_999, -0.000_001, 8e8 + 0.123_456, -63_113_904_000]
                try await expectRoundTrips(
                    seconds.map { Date(timeIntervalSince1970: $0) },
                    "timestamptz",
                    database
                )
                let date = Date(timeIntervalSince1970: 1_700_000_000.123456)
                let text: String = try await database.value(
                    "SELECT (\(date) AT TIME ZONE 'UTC')::text"
                )
                #expect(text == "2023-11-14 22:13:20.123456")
                let first: Date = try await database.value(
                    "SELECT '4714-11-24 00:00:00+00 BC'::timestamptz"
                )
                #expect(first.timeIntervalSinceReferenceDate < -2.1e11)
                let last: SQL = "SELECT '294276-12-31 23:59:59+00'::timestamptz"
                #expect(try await database.value(last, Date.self) > first)
            }
        }

        @Test(
            "a date outside the server's range is refused before it is sent",
            arguments: [Double.nan, .infinity, -.infinity, 1e300, 9_224_318_016_000, -3e11]
        )
        func refusesDates(_ seconds: Double) async throws {
            try await withDatabase { database in
                let date = Date(timeIntervalSinceReferenceDate: seconds)
                #expect(
                    await code { _ = try await database.value("SELECT \(date)", Date.self) }
                        == .dataException
                )
            }
        }

        @Test("infinite timestamps are refused with the column's name")
        func refusesInfinity() async throws {
            try await withDatabase { database in
                for text in ["infinity", "-infinity"] {
                    let result = try await database.read(
                        "SELECT \(text)::timestamptz AS ends_at",
                        as: .nobody
                    )
                    let error = await failure {
                        _ = try result.rows[0].get("ends_at", as: Date.self)
                    }
                    #expect((error as? DatabaseError)?.column == "ends_at")
                    #expect("\(error!)".contains("infinite"))
                }
            }
        }

        @Test("decimals are exact or refused")
        func decimals() async throws {
            try await withDatabase { database in
                let digits38 = "99999999999999999999999999999999999999"
                let texts = [
                    "0", "1", "-1", "0.1", "-0.0001", "10000", "9999", "12345678.87654321",
                    "100000000", "0.00000001", digits38, "-\(digits38)", "0.\(digits38)",
                    "1234567890123456789.0987654321987654321",
                ]
                let values = texts.compactMap { Decimal(string: $0) }
                #expect(values.count == texts.count)
                try await expectRoundTrips(values, "numeric", database)
                for (text, value) in zip(texts, values) {
                    let sql: SQL = "SELECT \(value) = \(text)::numeric"
                    #expect(try await database.value(sql, Bool.self), "\(text)")
                }
                #expect(try await database.value("SELECT 7::bigint", Decimal.self) == 7)
                #expect(
                    try await database.value("SELECT 1e120::numeric", Decimal.self)
                        == Decimal(sign: .plus, exponent: 120, significand: 1)
                )
                for text in ["NaN", "Infinity", "-Infinity", "1e170", "1e-170", "\(digits38)9.5"] {
                    let sql: SQL = "SELECT \(text)::numeric"
                    #expect(
                        await code { _ = try await database.value(sql, Decimal.self) } == .decoding
                    )
                }
                #expect(
                    await code {
                        _ = try await database.value("SELECT \(Decimal.nan)", Decimal.self)
                    }
                        == .dataException
                )
            }
        }

        @Test("integers widen and never narrow")
        func integers() async throws {
            try await withDatabase { database in
                try await database.ping()
                #expect(try await database.value("SELECT 7::smallint", Int.self) == 7)
                #expect(try await database.value("SELECT 7::smallint", Int32.self) == 7)
                #expect(try await database.value("SELECT 7::integer", Int64.self) == 7)
                #expect(try await database.value("SELECT 7::real", Double.self) == 7)
                for sql: SQL in [
                    "SELECT 7::bigint", "SELECT 7::numeric", "SELECT '7'", "SELECT 7::oid",
                ] {
                    #expect(
                        await code { _ = try await database.value(sql, Int32.self) } == .decoding
                    )
                }
            }
        }

        @Test("an enum is stored as text or as the server's enum, and an unknown case is refused")
        func enums() async throws {
            try await withDatabase { database in
                _ = try await database.write(
                    "CREATE TYPE mood AS ENUM ('happy', 'sad', 'other')",
                    as: .nobody
                )
                #expect(try await database.value("SELECT \(Mood.sad)::mood", Mood.self) == .sad)
                #expect(try await database.value("SELECT \(Mood.sad)::text", Mood.self) == .sad)
                #expect(
                    try await database.value("SELECT \(Mood.allCases)::text[]::mood[]", [Mood].self)
                        == Mood.allCases
                )
                #expect(
                    await code { _ = try await database.value("SELECT 'other'::mood", Mood.self) }
                        == .decoding
                )
                #expect(try await database.value("SELECT \(Level.high)", Level.self) == .high)
                #expect(
                    await code { _ = try await database.value("SELECT 3", Level.self) } == .decoding
                )
            }
        }

        @Test("a string takes the type of the place where it is used")
        func inferredStrings() async throws {
            try await withDatabase { database in
                try await database.ping()
                #expect(
                    try await database.value(
                        "SELECT \("2024-02-29")::date + 1 = '2024-03-01'",
                        Bool.self
                    )
                )
                let identifier = UUID()
                #expect(
                    try await database.value(
                        "SELECT \(identifier.uuidString) = \(identifier)",
                        Bool.self
                    )
                )
                #expect(
                    await code { _ = try await database.value("SELECT \("x")::date", String.self) }
                        == .dataException
                )
            }
        }

        @Test("a column that is missing, NULL or of another type is an error that names it")
        func decodingErrors() async throws {
            try await withDatabase { database in
                let result = try await database.read(
                    "SELECT NULL::text AS name, 1 AS size",
                    as: .nobody
                )
                let row = result.rows[0]
                #expect(row.columnCount == 2)
                #expect(
                    "\((await failure { _ = try row.get("nome", as: String.self) })!)".contains(
                        "\"nome\""
                    )
                )
                #expect(
                    "\((await failure { _ = try row.get("name", as: String.self) })!)".contains(
                        "NULL"
                    )
                )
                let mismatch = "\((await failure { _ = try row.get("size", as: UUID.self) })!)"
                #expect(
                    mismatch.contains("\"size\"") && mismatch.contains("integer")
                        && mismatch.contains("UUID")
                )
                #expect(await code { _ = try row.get(2, as: Int.self) } == .decoding)
                #expect(await code { _ = try row.get(-1, as: Int.self) } == .decoding)
                #expect(try row.get("name", as: String?.self) == nil)
                #expect(try row.get(1, as: Int.self) == 1)
            }
        }

        @Test("arrays of more dimensions are refused, other lower bounds are read")
        func oddArrays() async throws {
            try await withDatabase { database in
                try await database.ping()
                #expect(
                    await code {
                        _ = try await database.value("SELECT '{{1},{2}}'::bigint[]", [Int].self)
                    }
                        == .decoding
                )
                #expect(
                    try await database.value("SELECT '[5:6]={1,2}'::bigint[]", [Int].self) == [
                        1, 2,
                    ]
                )
                #expect(
                    await code {
                        _ = try await database.value("SELECT '{1,NULL}'::bigint[]", [Int].self)
                    }
                        == .decoding
                )
            }
        }

        @Test("a value of many megabytes passes both ways")
        func largeValues() async throws {
            try await withDatabase { database in
                let bytes = [UInt8](repeating: 31, count: 20_000_000)
                let result = try await database.query("SELECT \(bytes) AS bytes", as: .nobody)
                #expect(try result.rows[0].get("bytes", as: [UInt8].self) == bytes)
            }
        }
    }
}
