import BenchmarkSupport
import Foundation

extension Postgres {
    /// Conversations made a second by the statements that the service sends, in one transaction
    /// with an audit event if there is one.
    func createRate(
        _ person: UUID, event: Data?, clients: Int, seconds: Int
    ) throws -> Double {
        let insert = event.map { event in
            let bytes = event.map { String(format: "%02x", $0) }.joined()
            return """
                INSERT INTO conversations.audit_outbox (id, event) \
                VALUES (uuidv7(), '\\x\(bytes)');

                """
        }
        return try self.rate(
            ofScripts: [
                """
                \\startpipeline
                SELECT set_config('steward.user_id', '\(person.uuidString.lowercased())', true);
                SELECT r.outcome FROM \
                conversations.create_conversation('{"title":"benchmark"}', NULL, NULL) AS r;
                \(insert ?? "")\\endpipeline

                """
            ], clients: clients, seconds: seconds, database: "steward_primary",
            role: "steward_conversations")
    }
}
