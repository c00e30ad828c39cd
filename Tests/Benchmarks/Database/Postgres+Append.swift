import BenchmarkSupport
import Foundation

extension Postgres {
    /// Appends a second by the statements that the service sends, each round trip as it sends it.
    func appendRate(
        _ person: UUID, _ conversations: [UUID], clients: Int, seconds: Int
    ) throws -> Double {
        try self.rate(
            ofScripts: conversations.map { Self.appendScript(person, $0) }, clients: clients,
            seconds: seconds, database: "steward_primary", role: "steward_conversations")
    }

    /// Identity and statement in one transaction and one round trip.
    private static func appendScript(_ person: UUID, _ conversation: UUID) -> String {
        // A colon before a letter would name one of pgbench's variables.
        let draft = """
            {"content_hash": "\\\\x\(String(repeating: "ab", count: 32))", "is_error": false, \
            "metadata": {}, "role": "user", "sender_type": "user", "text": "\(Person.text)", \
            "type": "text"}
            """
        return """
            \\startpipeline
            SELECT set_config('steward.user_id', '\(person.uuidString.lowercased())', true);
            SELECT r.outcome, r.version AS conversation_version, m.* FROM \
            conversations.append_message('\(conversation.uuidString.lowercased())', NULL, \
            '\(draft)', NULL, NULL) AS r CROSS JOIN LATERAL (SELECT (r.message).*) AS m;
            \\endpipeline

            """
    }
}
