import AuditAPI
import Foundation
import Postgres
import RPC
import RPCTestSupport
import Testing

@testable import AuditService

/// What a record says.
@Suite struct RecordTests {
    private static let event = AuditEvent(
        id: GeneratedEvents.id("0", 1), occurredAt: GeneratedEvents.beginning,
        action: .userUpdated, outcome: .failed, actorID: GeneratedEvents.actors[0],
        sessionID: GeneratedEvents.sessions[0], method: "identity.UpdateProfile",
        peer: "uid 1000 gateway", resourceType: "user",
        resourceID: GeneratedEvents.actors[1].uuidString.lowercased(),
        reason: "identity.version_conflict", toolExecutionID: GeneratedEvents.id("4", 1),
        traceID: "4bf92f3577b34da6a3ce929d0e0e4736", isSensitive: true, count: 3)
    private static let payload = AuditPayload(
        username: "ann", clientAddress: "192.0.2.7", userAgent: "Browser/1",
        details: .object(["why": .string("a test")]),
        changes: .object(["displayName": .array([.string("Ann"), .string("Anna")])]),
        errorMessage: "The profile has changed since.")

    /// Each field of CDSA's AuditLog, and what a record has for it.
    private static let fields: [(String, @Sendable (AuditRecord) -> Bool)] = [
        ("id", { $0.id == event.id }),
        ("user_id", { $0.actorID == event.actorID }),
        ("username", { $0.username == "ann" }),
        ("action", { $0.action == .userUpdated }),
        ("resource_type", { $0.resourceType == "user" }),
        ("resource_id", { $0.resourceID == event.resourceID }),
        ("ip_address", { $0.clientAddress == "192.0.2.7" }),
        ("user_agent", { $0.userAgent == "Browser/1" }),
        ("session_id", { $0.sessionID == event.sessionID }),
        ("details", { $0.details == payload.details }),
        ("changes", { $0.changes == payload.changes }),
        ("success", { $0.outcome == .failed }),
        ("error_message", { $0.errorMessage == "The profile has changed since." }),
        ("tool_execution_id", { $0.toolExecutionID == event.toolExecutionID }),
        ("sensitive_data", { $0.isSensitive }),
        ("retention_days", { $0.retentionDays == 2_557 && $0.auditClass == .security }),
        ("created_at, age_days", { $0.occurredAt == event.occurredAt }),
        ("should_be_retained", { $0.payloadState == .present }),
        // Beyond it.
        ("peer", { $0.peer == "uid 1000 gateway" }), ("count", { $0.count == 3 }),
        ("trace", { $0.traceID == event.traceID }), ("method", { $0.method == event.method }),
        ("reason", { $0.reason == event.reason }),
        ("place", { $0.producer == "identity" && $0.logEpoch == 1 && $0.logIndex == 0 }),
    ]

    @Test func `every field of the seed's AuditLog is set and read back`() async throws {
        let reader = try await TestReader()
        try await reader.sink.append(Self.event, Self.payload)
        let got = try await reader.call(GetAuditRecord(id: Self.event.id))
        #expect(try await reader.search() == [got])
        #expect(try await reader.export() == [got])
        #expect(try await reader.watch(WatchAudit(from: 0), count: 1) == [got])
        for (field, holds) in Self.fields { #expect(holds(got), "\(field)") }
        #expect(
            await refusal { try await reader.call(GetAuditRecord(id: UUID())) }
                == "audit.not_found")
        await reader.stop()
    }

    @Test func `a record says what has become of its payload`() async throws {
        let reader = try await TestReader()
        func state(_ event: AuditEvent) async throws -> AuditRecord {
            try await reader.call(GetAuditRecord(id: event.id))
        }
        var bare = Self.event
        bare.id = UUID()
        try await reader.sink.append(bare)
        #expect(try await state(bare).payloadState == .none)
        var recent = Self.event
        recent.id = UUID()
        recent.occurredAt = Date()
        var old = Self.event
        old.id = UUID()
        old.occurredAt = Date(timeIntervalSinceNow: -2_558 * 86_400)
        try await reader.sink.append(recent, Self.payload)
        try await reader.sink.append(old, Self.payload)
        #expect(try await state(recent).payloadState == .present)
        try await reader.sink.log.tamper("DELETE FROM audit.payloads")
        let missing = try await state(recent)
        #expect(missing.payloadState == .missing)
        #expect(missing.username == nil && missing.details == nil && missing.clientAddress == nil)
        #expect(missing.actorID == recent.actorID)
        try await reader.sink.log.tamper(
            "SET LOCAL session_replication_role = replica",
            """
            INSERT INTO audit.erasure_ranges (erasure_id, batch, log_epoch, ranges, payload_count)
            VALUES (uuidv7(), 0, 1, '{[0,2]}', 2)
            """)
        #expect(try await state(recent).payloadState == .erased)
        #expect(try await state(old).payloadState == .erased)
        #expect(try await state(bare).payloadState == .none)
        await reader.stop()
    }

    @Test func `an entry that does not say the actor's name is told with the one of its time`()
        async throws
    {
        let reader = try await TestReader()
        let actor = GeneratedEvents.actors[0]
        func append(_ number: Int, _ payload: AuditPayload?) async throws {
            try await reader.sink.append(
                AuditEvent(
                    id: GeneratedEvents.id("0", number),
                    occurredAt: GeneratedEvents.beginning + Double(number), action: .signedIn,
                    actorID: actor), payload)
        }
        try await append(1, nil)
        try await append(2, AuditPayload(username: "ann"))
        try await append(3, nil)
        try await append(4, AuditPayload(username: "anna"))
        try await append(5, nil)
        try await append(6, AuditPayload(userAgent: "x"))
        try await reader.sink.service.follower.catchUp()
        #expect(
            try await reader.export().map(\.username)
                == [nil, "ann", "ann", "anna", "anna", "anna"])
        await reader.stop()
    }

    @Test func `an entry that was changed is named instead of shown`() async throws {
        let reader = try await TestReader()
        try await reader.sink.append(Self.event, Self.payload)
        try await reader.sink.log.tamper(
            "UPDATE audit.entries SET entry = set_byte(entry, 0, 0)")
        do {
            _ = try await reader.search()
            Issue.record("it was shown")
        } catch let error as RPCError {
            #expect(error.reason == "audit.entry_unreadable")
            #expect(error.details["logIndex"] == "0")
        }
        await reader.stop()
    }
}
