import ConversationsAPI
import Foundation
import StewardTestSupport
import Testing

@Suite("A service's database role has data rights only")
struct RuntimeRoleTests {
    @Test(
        "It can't switch off row security, own, alter, drop or make anything in its schema",
        arguments: ["identity", "conversations", "vault"]
    )
    func ownsNothing(service: String) async throws {
        let installation = try await Installation.shared()
        let tables = try await Self.tables(of: service, installation)
        #expect(tables.count >= 4)
        let table = "\(service).\(tables[0])"
        var statements = [
            "CREATE TABLE \(service).own()", "CREATE TABLE public.own()",
            "CREATE TEMPORARY TABLE own()", "CREATE SCHEMA own",
            "CREATE FUNCTION \(service).own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE POLICY own ON \(table) USING (true)", "CREATE ROLE own",
            "SET ROLE steward_\(service)_owner", "SET ROLE postgres",
            "SET SESSION AUTHORIZATION postgres",
            "ALTER ROLE steward_\(service) BYPASSRLS",
            "GRANT SELECT ON \(table) TO PUBLIC",
            "COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('PG_VERSION')",
            "DROP SCHEMA \(service) CASCADE",
        ]
        for name in tables {
            statements += [
                "ALTER TABLE \(service).\(name) DISABLE ROW LEVEL SECURITY",
                "ALTER TABLE \(service).\(name) NO FORCE ROW LEVEL SECURITY",
                "ALTER TABLE \(service).\(name) OWNER TO steward_\(service)",
                "ALTER TABLE \(service).\(name) ADD COLUMN own int",
                "ALTER TABLE \(service).\(name) DISABLE TRIGGER ALL",
                "CREATE INDEX ON \(service).\(name) ((1))",
                "DROP TABLE \(service).\(name)", "TRUNCATE \(service).\(name)",
            ]
        }
        for statement in statements {
            let output = try await installation.sql([statement], asService: service)
            #expect(Self.isRefusal(output), "\(statement): \(output)")
        }
    }

    @Test(
        "It can't see the other service's schema or sign in as its role",
        arguments: [("identity", "conversations"), ("conversations", "identity")]
    )
    func seesOneSchema(service: String, other: String) async throws {
        let installation = try await Installation.shared()
        for table in try await Self.tables(of: other, installation) {
            let output = try await installation.sql(
                ["SELECT * FROM \(other).\(table)"],
                asService: service
            )
            #expect(output.contains("permission denied for schema \(other)"), "\(output)")
        }
        let owner = try await installation.sql(
            ["SET ROLE steward_\(other)"],
            asService: service
        )
        #expect(owner.contains("permission denied"), "\(owner)")
    }

    @Test("Row security shows the service's role one person's rows, and nobody's without a person")
    func rowsByPerson() async throws {
        let installation = try await Installation.shared()
        let person = try await installation.newPerson()
        let other = try await installation.newPerson()
        let conversation = try await person.call(CreateConversation())
        _ = try await person.call(
            AppendMessage(conversationID: conversation.id, role: .user, text: "mine")
        )
        let tables = try await installation.sql(
            """
            SELECT relname FROM pg_class
            WHERE relnamespace = 'conversations'::regnamespace AND relkind = 'r' AND relrowsecurity
            """
        ).split(separator: "\n").map(String.init)
        #expect(Set(tables).isSuperset(of: ["conversations", "messages"]))
        var seen = 0
        for table in tables {
            seen += try await Self.rows(of: table, as: person.id, installation)
            #expect(try await Self.rows(of: table, as: other.id, installation) == 0, "\(table)")
            #expect(try await Self.rows(of: table, as: nil, installation) == 0, "\(table)")
        }
        #expect(seen >= 2)
        let unforced = try await installation.sql(
            """
            SELECT relname FROM pg_class
            WHERE relnamespace IN ('conversations'::regnamespace, 'identity'::regnamespace)
                AND relrowsecurity AND NOT relforcerowsecurity
            """
        )
        #expect(unforced.isEmpty)
    }

    private static func tables(
        of schema: String,
        _ installation: Installation
    ) async throws -> [String] {
        try await installation.sql(
            """
            SELECT relname FROM pg_class
            WHERE relnamespace = '\(schema)'::regnamespace AND relkind = 'r' ORDER BY relname
            """
        ).split(separator: "\n").map(String.init)
    }

    private static func rows(
        of table: String,
        as person: UUID?,
        _ installation: Installation
    ) async throws -> Int {
        let output = try await installation.sql(
            [
                "SELECT set_config('steward.user_id', '\(person?.uuidString ?? "")', false)",
                "SET row_security = on",
                "SELECT 'rows=' || count(*) FROM conversations.\(table)",
            ],
            asService: "conversations"
        )
        // A table that the role may not read at all shows nothing to anybody.
        if output.contains("permission denied for table") { return 0 }
        let line = try #require(output.split(separator: "\n").last { $0.hasPrefix("rows=") })
        return try #require(Int(line.dropFirst(5)))
    }

    private static func isRefusal(_ output: String) -> Bool {
        ["permission denied", "must be owner", "no privileges were granted"]
            .contains(where: output.contains)
    }
}
