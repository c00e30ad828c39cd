import Postgres
import PostgresTestSupport
import ServiceKit
import Sodium
import Testing

import struct FoundationEssentials.UUID

@Suite("Who reaches kept answers")
struct KeptAnswersRightsTests {
    /// How many rows a statement touches; `nil` if it is refused.
    private func count(
        _ database: Database, _ sql: SQL, as identity: DatabaseIdentity
    ) async throws -> Int? {
        do {
            return try await database.write(sql, as: identity)[0].affectedRowCount
        } catch let error as DatabaseError
            where error.code == .insufficientPrivilege || error.code == .rowSecurityViolation
        {
            return nil
        }
    }

    @Test("Nobody sees, changes or removes another's, nor their own before it expires")
    func rows() async throws {
        try await Payments.with { till in
            let (ada, eve) = (UUID(), UUID())
            let first = try await till.pay(by: ada)
            for identity in [
                DatabaseIdentity.person(eve), .nobody, .purpose("prune"), .purpose("work"),
            ] {
                for statement: SQL in [
                    "SELECT FROM till.kept_answers",
                    "UPDATE till.kept_answers SET answer = '\\xf6'",
                    "DELETE FROM till.kept_answers",
                ] {
                    let touched = try await self.count(till.database, statement, as: identity)
                    #expect(touched ?? 0 == 0, "\(statement.text) as \(identity)")
                }
            }
            for (statement, expected) in [
                ("SELECT FROM till.kept_answers", 1),
                ("UPDATE till.kept_answers SET answer = '\\xf6'", 0),
                ("UPDATE till.kept_answers SET expires_at = now()", nil),
                ("UPDATE till.kept_answers SET caller = uuidv7()", nil),
                ("DELETE FROM till.kept_answers", 0), ("TRUNCATE till.kept_answers", nil),
            ] as [(SQL, Int?)] {
                let touched = try await self.count(till.database, statement, as: .person(ada))
                #expect(touched == expected, "\(statement.text)")
            }
            let insert: SQL = """
                INSERT INTO till.kept_answers (caller, method, key, request_digest, expires_at)
                VALUES (\(ada), 'till.Pay', 'mine', sha256('x'), now() + interval '1 day')
                """
            for identity in [DatabaseIdentity.person(eve), .nobody, .purpose("prune")] {
                #expect(try await self.count(till.database, insert, as: identity) == nil)
            }
            #expect(try await till.pay(by: ada) == first)
        }
    }

    @Test("A service's role reaches its own schema's only, for the purposes that it works for")
    func schemas() async throws {
        try await Payments.with { till in
            let ada = UUID()
            _ = try await till.pay(by: ada)
            let other = till.openOther()
            let insert: SQL = """
                INSERT INTO other.kept_answers (caller, method, key, request_digest, expires_at)
                VALUES (\(ada), 'other.Do', 'k', sha256('x'), now() + interval '1 day')
                """
            for identity in [DatabaseIdentity.person(ada), .purpose("work"), .purpose("prune")] {
                let foreign = try await self.count(
                    other, "SELECT FROM till.kept_answers", as: identity)
                #expect(foreign == nil)
                let back = try await self.count(
                    till.database, "SELECT FROM other.kept_answers", as: identity)
                #expect(back == nil)
            }
            #expect(try await self.count(other, insert, as: .purpose("work")) == 1)
            let seen = try await self.count(
                other, "SELECT FROM other.kept_answers", as: .purpose("work"))
            #expect(seen == 1)
            #expect(try await self.count(other, insert, as: .purpose("prune")) == nil)
            await other.close()
        }
    }

    @Test("Every service's role passes the check at start with the table there")
    func roleCheck() async throws {
        try await Payments.with { till in
            try await RoleCheck.verify(
                till.database, schema: "till", publicTables: ["payments"])
        }
    }

    @Test("A migration that was applied never changes")
    func pinned() {
        let migrations = [
            KeptAnswers.migration(
                version: 6, schema: "identity", role: "steward_identity",
                workPurposes: ["administration"], prunePurpose: "maintenance"),
            KeptAnswers.migration(
                version: 5, schema: "conversations", role: "steward_conversations",
                prunePurpose: "purge"),
        ]
        let digests = migrations.map { migration in
            Sodium.sha256(migration.sql).prefix(8).map { String($0, radix: 16) }.joined()
        }
        #expect(digests == ["4632fcdded58d80", "3f27d9ba3c3bacc"])
    }
}
