internal import Foundation
internal import IdentityAPI
internal import Postgres
internal import Testing

@testable import IdentityService

@Suite("The schema as the catalog has it")
struct SchemaTests {
    /// The texts of a query's first column.
    private func texts(_ fixture: IdentityFixture, _ sql: SQL) async throws -> [String] {
        try await fixture.superuserValue(
            "SELECT coalesce(array_agg(item ORDER BY item), '{}') FROM (\(fragment: sql)) t (item)")
    }

    @Test("Every table and column says what it is for")
    func comments() async throws {
        try await IdentityFixture.with { fixture in
            let silent = try await self.texts(
                fixture,
                """
                SELECT c.relname || coalesce('.' || a.attname, '')
                FROM pg_class c
                LEFT JOIN pg_attribute a
                    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE c.relnamespace = 'identity'::regnamespace AND c.relkind = 'r'
                    AND c.relname <> 'schema_migrations'
                    AND (col_description(c.oid, a.attnum) IS NULL
                        OR obj_description(c.oid, 'pg_class') IS NULL)
                """)
            #expect(silent == [])
        }
    }

    @Test("Every foreign key has an index that begins with its columns")
    func foreignKeys() async throws {
        try await IdentityFixture.with { fixture in
            let bare = try await self.texts(
                fixture,
                """
                SELECT k.conname::text FROM pg_constraint k
                WHERE k.contype = 'f' AND k.connamespace = 'identity'::regnamespace
                    AND NOT EXISTS (
                        SELECT FROM pg_index i WHERE i.indrelid = k.conrelid
                            AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] = k.conkey)
                """)
            #expect(bare == [])
        }
    }

    @Test("Every table but the history has forced row security and policies")
    func rowSecurity() async throws {
        try await IdentityFixture.with { fixture in
            let open = try await self.texts(
                fixture,
                """
                SELECT relname::text FROM pg_class c
                WHERE relnamespace = 'identity'::regnamespace AND relkind = 'r'
                    AND relname <> 'schema_migrations'
                    AND NOT (relrowsecurity AND relforcerowsecurity
                        AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid))
                """)
            #expect(open == [])
        }
    }

    @Test(
        "What the rules forbid the database refuses too",
        arguments: [
            "INSERT INTO identity.users (email, email_key, display_name) VALUES ('x', 'x', 'x')",
            "INSERT INTO identity.users (email, email_key, display_name) VALUES ('a@b', 'a@b', '')",
            "INSERT INTO identity.users (email, display_name) VALUES ('a@b', 'x')",
            "INSERT INTO identity.users (display_name) VALUES ('x')",
            """
            INSERT INTO identity.users (email, email_key, display_name, username)
            VALUES ('a@b', 'a@b', 'x', 'A@b')
            """,
            """
            INSERT INTO identity.users (email, email_key, display_name, time_zone)
            VALUES ('a@b', 'a@b', 'x', 'Mars/Olympus')
            """,
            """
            INSERT INTO identity.users (email, email_key, display_name, preferences)
            VALUES ('a@b', 'a@b', 'x', '[]')
            """,
            """
            INSERT INTO identity.users (email, email_key, display_name, preferences)
            VALUES ('a@b', 'a@b', 'x', '{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}}')
            """,
            """
            INSERT INTO identity.users (email, email_key, display_name, erased_at)
            VALUES ('a@b', 'a@b', 'x', now())
            """,
            "INSERT INTO identity.permissions (resource, action) VALUES ('*', 'read')",
            "INSERT INTO identity.permissions (resource, action) VALUES ('A', 'read')",
            "INSERT INTO identity.permissions (resource, action) VALUES ('*', '*')",
            "INSERT INTO identity.roles (name) VALUES ('No Name')",
            "INSERT INTO identity.roles (name) VALUES ('member')",
            "INSERT INTO identity.access_position VALUES (true, 1)",
            "INSERT INTO identity.access_position VALUES (false, 1)",
            "INSERT INTO identity.access_events VALUES (1, 'made_up', '{}')",
            "INSERT INTO identity.access_events VALUES (0, 'role', '{}')",
            "UPDATE identity.settings SET value = '\"yes\"'",
            "INSERT INTO identity.sign_in_throttle (key, kind) VALUES ('\\x00', 'account')",
            "INSERT INTO identity.signing_keys VALUES ('abcdefgh', '\\x00')",
        ])
    func constraints(statement: String) async throws {
        try await IdentityFixture.with { fixture in
            await #expect(throws: DatabaseError.self) {
                try await fixture.asSuperuser(statement)
            }
        }
    }

    @Test("No token has two successors, and a revoked session has a reason")
    func sessionConstraints() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            _ = try await fixture.refresh(person.signedIn.refreshToken)
            for statement in [
                """
                INSERT INTO identity.refresh_tokens
                    (token_hash, session_id, parent_hash, expires_at)
                SELECT sha256('x'), session_id, parent_hash, expires_at
                FROM identity.refresh_tokens WHERE parent_hash IS NOT NULL
                """,
                "UPDATE identity.sessions SET revoked_at = now()",
                "UPDATE identity.sessions SET revoke_reason = 'signed_out'",
                "UPDATE identity.sessions SET revoked_at = now(), revoke_reason = 'mood'",
                "UPDATE identity.sessions SET idle_expires_at = expires_at + interval '1 s'",
                "UPDATE identity.refresh_tokens SET used_at = NULL",
            ] {
                await #expect(throws: (any Error).self, "\(statement)") {
                    try await fixture.asSuperuser(statement)
                }
            }
        }
    }

    @Test("Nothing in the service takes the path that could read past a row policy")
    func noConflictUpdate() throws {
        let service = SchemaDocument.serviceDirectory
        let files = FileManager.default.enumerator(atPath: service)?.compactMap { $0 as? String }
        let sources = (files ?? []).filter { $0.hasSuffix(".swift") || $0.hasSuffix(".sql") }
        #expect(sources.count > 40)
        for source in sources {
            let text = try String(contentsOfFile: "\(service)/\(source)", encoding: .utf8)
            let words = text.uppercased().split(whereSeparator: \.isWhitespace)
            let clause = ["CONFLICT", "DO", "UPDATE"]
            let found = words.indices.dropLast(2).contains {
                words[$0...].prefix(3).map(String.init) == clause
            }
            #expect(!found, "\(source)")
        }
    }

    @Test("SCHEMA.md says what the migrations make")
    func document() async throws {
        try await IdentityFixture.with { fixture in
            let text = try await SchemaDocument.text(fixture)
            let path = "\(SchemaDocument.serviceDirectory)/SCHEMA.md"
            if ProcessInfo.processInfo.environment["STEWARD_WRITE_SCHEMA"] != nil {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
            #expect(
                try String(contentsOfFile: path, encoding: .utf8) == text,
                "run the tests once with STEWARD_WRITE_SCHEMA=1")
        }
    }
}

/// Writes a schema down from the catalog.
enum SchemaDocument {
    /// Where the service's sources are.
    static var serviceDirectory: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Services/Identity").path
    }

    /// The document.
    static func text(_ fixture: IdentityFixture) async throws -> String {
        let tables: [String] = try await fixture.superuserValue(
            """
            SELECT array_agg(format(E'## %s\\n\\n%s\\n\\n| column | type | |\\n|---|---|---|\\n%s',
                c.relname, obj_description(c.oid, 'pg_class'), (
                    SELECT string_agg(format('| `%s` | %s%s | %s |', a.attname,
                        format_type(a.atttypid, a.atttypmod),
                        CASE WHEN a.attnotnull THEN '' ELSE ', null' END,
                        col_description(c.oid, a.attnum)), E'\\n' ORDER BY a.attnum)
                    FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
                ) ORDER BY c.relname)
            FROM pg_class c
            WHERE c.relnamespace = 'identity'::regnamespace AND c.relkind = 'r'
                AND c.relname <> 'schema_migrations'
            """)
        return """
            # Schema `identity`

            Written by the tests from the comments of the live schema.

            \(tables.joined(separator: "\n\n"))

            """
    }
}
