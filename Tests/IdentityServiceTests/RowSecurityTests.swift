internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Testing

@testable import IdentityService

@Suite("What Postgres itself allows the service's role")
struct RowSecurityTests {
    /// Every table that holds something of a person, and the column that says whose it is.
    private static let personal: [(table: String, column: String)] = [
        ("users", "id"), ("password_hashes", "user_id"), ("user_roles", "user_id"),
        ("user_permissions", "user_id"), ("sessions", "user_id"), ("known_sources", "user_id"),
        ("kept_answers", "caller"),
    ]

    /// How many rows of somebody a statement touches; `nil` if it is refused.
    private func count(
        _ fixture: IdentityFixture, _ sql: SQL, as identity: DatabaseIdentity
    ) async throws -> Int? {
        do {
            return try await fixture.database.write(sql, as: identity)[0].affectedRowCount
        } catch let error as DatabaseError
            where error.code == .insufficientPrivilege || error.code == .rowSecurityViolation
        {
            return nil
        }
    }

    /// Two people with a row in every table.
    private func twoPeople(_ fixture: IdentityFixture) async throws -> (Person, Person) {
        let root = try await fixture.person(role: "superadmin")
        let people = (try await fixture.person(role: "admin"), try await fixture.person())
        for person in [people.0, people.1] {
            _ = try await fixture.grants.grantPermission(
                GrantPermission(userID: person.id, permission: "tools:run"), root.call())
            _ = try await fixture.profiles.update(
                UpdateProfile(phone: "+44 1"), person.call(key: "k"))
        }
        return people
    }

    @Test("No person sees or changes another's row, in any table, by any command")
    func matrix() async throws {
        try await IdentityFixture.with { fixture in
            let (ada, eve) = try await self.twoPeople(fixture)
            for (table, column) in Self.personal {
                let seen = try await self.count(
                    fixture,
                    """
                    SELECT FROM identity.\(identifier: table)
                    WHERE \(identifier: column) <> \(eve.id)
                    """, as: .person(eve.id))
                #expect(seen == 0, "SELECT \(table)")
                let updated = try await self.count(
                    fixture,
                    """
                    UPDATE identity.\(identifier: table)
                    SET \(identifier: column) = \(identifier: column)
                    WHERE \(identifier: column) = \(ada.id)
                    """, as: .person(eve.id))
                #expect(updated ?? 0 == 0, "UPDATE \(table)")
                let deleted = try await self.count(
                    fixture,
                    """
                    DELETE FROM identity.\(identifier: table)
                    WHERE \(identifier: column) = \(ada.id)
                    """, as: .person(eve.id))
                #expect(deleted ?? 0 == 0, "DELETE \(table)")
            }
            for statement: SQL in [
                "UPDATE identity.users SET display_name = 'x' WHERE id = \(ada.id)",
                "UPDATE identity.password_hashes SET password_hash = '$argon2id$x'",
                """
                UPDATE identity.sessions SET revoked_at = now(), revoke_reason = 'revoked'
                WHERE user_id = \(ada.id)
                """,
            ] {
                let touched = try await self.count(fixture, statement, as: .person(eve.id))
                #expect(touched ?? 0 <= 1, "\(statement.text)")
            }
            #expect(try await fixture.signIn(ada.email).user.displayName == "Somebody")
            let own = try await self.count(
                fixture, "SELECT FROM identity.users", as: .person(eve.id))
            #expect(own == 1)
        }
    }

    @Test("Nobody inserts a row for somebody else, or turns their own into another's")
    func inserts() async throws {
        try await IdentityFixture.with { fixture in
            let (ada, eve) = try await self.twoPeople(fixture)
            let statements: [SQL] = [
                """
                INSERT INTO identity.user_roles (user_id, role_id)
                SELECT \(eve.id), id FROM identity.roles WHERE name = 'superadmin'
                """,
                """
                INSERT INTO identity.user_permissions (user_id, permission_id)
                SELECT \(eve.id), id FROM identity.permissions WHERE name = '*:*'
                """,
                """
                INSERT INTO identity.sessions (user_id, idle_expires_at, expires_at)
                VALUES (\(ada.id), now() + interval '1 h', now() + interval '1 h')
                """,
                """
                INSERT INTO identity.password_hashes VALUES (\(ada.id), '$argon2id$x')
                """,
                "UPDATE identity.users SET id = \(ada.id) WHERE id = \(eve.id)",
                "UPDATE identity.sessions SET user_id = \(ada.id)",
                """
                SELECT identity.publish_access('session_revoked',
                    identity.revocation(\(ada.signedIn.sessionID), \(ada.id), now()))
                """,
                "SELECT identity.publish_access('person', identity.person_access(\(ada.id)))",
                """
                INSERT INTO identity.signing_keys (id, public_key)
                VALUES ('mykey-mykey', \(fixture.signer.key.publicKey))
                """,
                "UPDATE identity.settings SET value = 'false'",
                "UPDATE identity.roles SET description = 'x'",
            ]
            for statement in statements {
                let touched: Int?
                do {
                    touched = try await self.count(fixture, statement, as: .person(eve.id))
                } catch {
                    // Refused by a constraint.
                    continue
                }
                #expect(touched ?? 0 == 0, "\(statement.text)")
            }
        }
    }

    @Test("Without a person or a purpose no table of people has any row")
    func nobody() async throws {
        try await IdentityFixture.with { fixture in
            _ = try await self.twoPeople(fixture)
            let tables =
                Self.personal.map(\.table) + [
                    "refresh_tokens", "sign_in_throttle", "access_events",
                ]
            for identity in [
                DatabaseIdentity.nobody, .purpose("made up"), .purpose("create_administrator"),
                .person(UUID()),
            ] {
                for table in tables {
                    let seen = try await self.count(
                        fixture, "SELECT FROM identity.\(identifier: table)", as: identity)
                    #expect(seen == 0, "\(table) as \(identity)")
                }
            }
        }
    }

    @Test("Each purpose sees what it is for and no more")
    func purposes() async throws {
        try await IdentityFixture.with { fixture in
            _ = try await self.twoPeople(fixture)
            let allowed: [String: Set<String>] = [
                "password_hashes": ["sign_in"],
                "refresh_tokens": ["sign_in", "refresh", "maintenance"],
                "sign_in_throttle": ["sign_up", "sign_in", "maintenance"],
                "known_sources": ["sign_in", "maintenance"],
                "kept_answers": ["administration"],
                "access_events": ["access_stream", "maintenance"],
            ]
            for purpose in [
                "sign_up", "sign_in", "refresh", "administration", "access_stream",
                "signing_keys", "maintenance",
            ] {
                for (table, purposes) in allowed {
                    let seen = try await self.count(
                        fixture, "SELECT FROM identity.\(identifier: table)",
                        as: .purpose(purpose))
                    #expect((seen ?? 0 > 0) == purposes.contains(purpose), "\(table) \(purpose)")
                }
            }
        }
    }

    @Test(
        "The role cannot change the schema, its security, its roles, or look beyond it",
        arguments: [
            "ALTER TABLE identity.users DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE identity.users NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE identity.users ADD COLUMN x int",
            "DROP POLICY steward_identity_select ON identity.users",
            "CREATE POLICY all_rows ON identity.users USING (true)",
            "SET LOCAL row_security = off; SELECT * FROM identity.users",
            "TRUNCATE identity.users", "DROP TABLE identity.users",
            "CREATE TABLE identity.mine (id int)", "CREATE TABLE public.mine (id int)",
            "CREATE SCHEMA mine", "CREATE ROLE mine", "SET ROLE steward_identity_owner",
            "SET ROLE postgres", "SET SESSION AUTHORIZATION postgres",
            "SELECT * FROM other.secrets",
            "ALTER ROLE steward_identity BYPASSRLS", "COPY identity.users TO PROGRAM 'true'",
            "UPDATE identity.users SET email = 'x@y', email_key = 'x@y'",
            "UPDATE identity.users SET created_at = now()",
            "UPDATE identity.refresh_tokens SET token_hash = token_hash",
            "UPDATE identity.signing_keys SET public_key = public_key",
            "UPDATE identity.access_events SET payload = '{}'",
            "DELETE FROM identity.users", "DELETE FROM identity.password_hashes",
            "INSERT INTO identity.settings (key, value, description) VALUES ('a.b', '1', 'x')",
            "SELECT * FROM pg_authid", "SELECT pg_read_file('/etc/passwd')",
            "ALTER FUNCTION identity.caller() OWNER TO steward_identity",
            "CREATE OR REPLACE FUNCTION identity.caller() RETURNS uuid LANGUAGE sql AS 'SELECT 1'",
        ])
    func powerless(statement: String) async throws {
        try await IdentityFixture.with { fixture in
            var failed: (any Error)?
            do {
                _ = try await fixture.database.transaction(as: .purpose("administration")) {
                    transaction in
                    for part in statement.split(separator: ";") {
                        _ = try await transaction.execute(SQL(stringLiteral: String(part)))
                    }
                }
            } catch {
                failed = error
            }
            let code = (failed as? DatabaseError)?.code
            // Switching row security off is allowed; reading is then an error, not all rows.
            #expect(code == .insufficientPrivilege, "\(String(describing: failed))")
        }
    }

    @Test("The role passes the check that every service makes at its start")
    func roleCheck() async throws {
        try await IdentityFixture.with { fixture in
            try await RoleCheck.verify(fixture.database, schema: "identity")
            try await IdentityService.definition.migrator.check(fixture.database)
        }
    }
}
