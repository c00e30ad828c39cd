internal import AuditAPI
internal import AuditFormat
internal import FoundationEssentials
internal import Postgres
internal import RPC
internal import ServiceKit

/// An audit event that was committed.
struct RecordedEvent: Sendable {
    let event: AuditEvent
    let payload: AuditPayload
    /// Everything that is stored, as it is stored.
    let bytes: Data

    init(row: Row) throws {
        let event: Data = try row.get("event")
        let payload: Data? = try row.get("payload")
        self.event = try AuditEvent(bytes: event)
        self.payload = try payload.map { try AuditPayload(bytes: $0) } ?? AuditPayload()
        self.bytes = event + (payload ?? Data())
    }

    /// One of the further facts.
    func detail(_ name: String) -> JSONValue? {
        guard case .object(let details) = self.payload.details else { return nil }
        return details[name]
    }

    /// The fields that changed.
    var changes: [String: JSONValue] {
        guard case .object(let changes) = self.payload.changes else { return [:] }
        return changes
    }
}

extension IdentityFixture {
    /// What was committed to the outbox, the oldest first.
    func recorded() async throws -> [RecordedEvent] {
        try await self.database.read(
            "SELECT event, payload FROM identity.audit_outbox ORDER BY id",
            as: .purpose("audit")
        ).rows.map { try RecordedEvent(row: $0) }
    }

    /// What `work` has committed to the outbox.
    func recorded(by work: () async throws -> Void) async throws -> [RecordedEvent] {
        let before = Set(try await self.recorded().map(\.event.id))
        try await work()
        return try await self.recorded().filter { !before.contains($0.event.id) }
    }

    /// The same service with an outbox in which so many of ten events wait.
    func withWaiting(_ count: Int) -> IdentityFixture {
        var fixture = self
        let gauge = OutboxGauge(limit: 10)
        gauge.set(counted: count)
        fixture.audit = AuditOutbox(schema: "identity", gauge: gauge)
        return fixture
    }
}
