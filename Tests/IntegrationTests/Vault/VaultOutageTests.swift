import Foundation
import IdentityAPI
import ProcessTestSupport
import RPC
import SecretFormat
import Sodium
import StewardTestSupport
import Testing
import VaultAPI

@Suite("A use that cannot be recorded", .serialized)
struct VaultOutageTests {
    @Test("With the log away and the outbox full no secret is released, and the error says why")
    func outboxFull() async throws {
        let installation = try await Installation.start(
            settings: [
                "vault": [
                    "STEWARD_AUDIT_OUTBOX_LIMIT": "100", "STEWARD_VAULT_LOG_SILENCE_LIMIT": "1h",
                ]
            ])
        do {
            let person = try await installation.newKeeper()
            let secret = try await person.call(CreateSecret(name: "guarded", type: .generic))
            try await person.put("guarded value", into: secret.id)
            let reader = try await Reader(person)
            let rows = "SELECT count(*) FROM vault.secret_access WHERE access_type = 'read'"
            try await installation.stopOne("audit")
            var releases = 0
            var refusal: RPCError?
            for _ in 0..<300 where refusal == nil {
                do {
                    _ = try await Self.read(secret.id, reader)
                    releases += 1
                } catch let error as RPCError {
                    refusal = error
                }
            }
            #expect(refusal?.reason == "audit.outbox_full")
            #expect(refusal?.message.contains("audit") == true, "\(refusal?.message ?? "")")
            #expect(releases > 0)
            for _ in 0..<20 {
                let again = await #expect(throws: RPCError.self) {
                    try await Self.read(secret.id, reader)
                }
                #expect(again?.reason == "audit.outbox_full")
            }
            // Not a row more than was released: what is refused so has left no trace.
            #expect(try await installation.sql(rows) == "\(releases)")
            let health = try await installation.client("vault").call(CheckHealth())
            #expect(health.dependencies.contains { $0.name == "audit" && !$0.isReady })
            // Nor does a batch get anything.
            let batch = await #expect(throws: RPCError.self) {
                try await installation.client("vault").call(
                    try Self.batch(secret.id), options: reader.options)
            }
            #expect(batch?.reason == "audit.outbox_full")

            try await installation.startOne("audit")
            try await eventually("secrets are released again", within: .seconds(60)) {
                do {
                    _ = try await Self.read(secret.id, reader)
                    releases += 1
                    return true
                } catch let error as RPCError where error.reason.hasPrefix("audit.") {
                    return false
                }
            }
            try await eventually("each release is in the log", within: .seconds(60)) {
                try await installation.sql(
                    "SELECT count(*) FROM audit.entries WHERE action = 'secret_read'")
                    == "\(releases)"
            }
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    @Test("With the log away or stuck secrets are soon not released any more, and are afterwards")
    func logAway() async throws {
        let installation = try await Installation.start(
            settings: ["vault": ["STEWARD_VAULT_LOG_SILENCE_LIMIT": "3s"]])
        do {
            let person = try await installation.newKeeper()
            let secret = try await person.call(CreateSecret(name: "guarded", type: .generic))
            try await person.put("guarded value", into: secret.id)
            let reader = try await Reader(person)
            let rows = """
                SELECT count(*) FROM vault.secret_access WHERE access_type = 'read' AND success
                """
            try await Self.readUntil(nil, secret.id, reader)
            for isStuck in [false, true] {
                if isStuck {
                    try installation.signal("audit", SIGSTOP)
                } else {
                    try await installation.stopOne("audit")
                }
                let refusal = try await Self.readUntil("audit.log_away", secret.id, reader)
                #expect(refusal?.message.contains("audit log has taken no events for") == true)
                let released = try await installation.sql(rows)
                let again = await #expect(throws: RPCError.self) {
                    try await Self.read(secret.id, reader)
                }
                #expect(again?.reason == "audit.log_away")
                #expect(try await installation.sql(rows) == released)
                let health = try await installation.client("vault").call(CheckHealth())
                #expect(health.dependencies.contains { $0.name == "audit" && !$0.isReady })
                if isStuck {
                    try installation.signal("audit", SIGCONT)
                } else {
                    try await installation.startOne("audit")
                }
                try await Self.readUntil(nil, secret.id, reader)
            }
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    /// Somebody with a token for the vault, asked for while identity could give one.
    private struct Reader {
        let client: RPCClient
        let options: CallOptions

        init(_ person: Person) async throws {
            self.client = person.installation.client("vault")
            self.options = CallOptions(
                timeout: .seconds(4),
                token: try await person.options(for: GetSecret.self).token)
        }
    }

    /// Reads until it ends as expected: with an error of that reason, or without one.
    @discardableResult
    private static func readUntil(
        _ reason: String?, _ id: UUID, _ reader: Reader
    ) async throws -> RPCError? {
        var last: RPCError?
        try await eventually("a read ends with \(reason ?? "a value")", within: .seconds(60)) {
            do {
                _ = try await Self.read(id, reader)
                last = nil
            } catch let error as RPCError {
                last = error
            }
            return last?.reason == reason
        }
        return last
    }

    @Test("With the database away no secret is released, and reads go on when it is back")
    func databaseAway() async throws {
        let installation = try await Installation.start()
        do {
            let person = try await installation.newKeeper()
            let secret = try await person.call(CreateSecret(name: "guarded", type: .generic))
            try await person.put("guarded value", into: secret.id)
            let reader = try await Reader(person)
            _ = try await Self.read(secret.id, reader)
            try await installation.stopOne("postgres")
            // Also once the access rights are too old to go by, which takes 10 s.
            let end = ContinuousClock.now + .seconds(13)
            var reasons: Set<String> = []
            while ContinuousClock.now < end {
                let refusal = await #expect(throws: RPCError.self) {
                    try await Self.read(secret.id, reader)
                }
                let reason = refusal?.reason ?? "none"
                reasons.insert(reason)
                #expect(
                    reason.hasPrefix("database.") || reason == "vault.database_away",
                    "\(String(describing: refusal))")
                #expect(refusal?.message.contains("database") == true)
                guard reason.hasPrefix("database.") || reason == "vault.database_away" else {
                    break
                }
            }
            #expect(reasons.contains("vault.database_away"))
            try await installation.startOne("postgres")
            try await eventually("secrets are released again", within: .seconds(30)) {
                do {
                    return try await Self.read(secret.id, reader) == secret.id
                } catch is RPCError { return false }
            }
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    /// Reads a secret once, without trying again; which one it was.
    private static func read(_ id: UUID, _ reader: Reader) async throws -> UUID {
        let keys = try ReaderKeyPair()
        return try await reader.client.call(
            GetSecret(
                secretID: id, readerKey: Data(keys.publicKey.bytes),
                requestID: Data(keys.requestID)),
            options: reader.options
        ).secretID
    }

    private static func batch(_ id: UUID) throws -> GetSecrets {
        let reader = try ReaderKeyPair()
        return GetSecrets(
            items: [SecretReference(secretID: id), SecretReference(secretID: id)],
            readerKey: Data(reader.publicKey.bytes), requestID: Data(reader.requestID))
    }
}
