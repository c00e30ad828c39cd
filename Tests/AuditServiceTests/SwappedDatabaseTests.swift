import AuditAPI
import Foundation
import Postgres
import PostgresTestSupport
import RPC
import RPCTestSupport
import ServiceKit
import Testing
import TransparencyLog

@testable import AuditService

/// Another database in the place of the one that a running service knows.
@Suite struct SwappedDatabaseTests {
    @Test(arguments: [false, true])
    func `a running service takes nothing into an older database`(
        hasFailedBefore: Bool
    ) async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...300)
        if hasFailedBefore {
            try await log.cutConnections()
            await #expect(throws: (any Error).self) { try await sink.append(301...302) }
            try await log.cutNoConnections()
        }
        try await log.goBack(to: 200)
        // What was there before, for those who look at the database, or what comes next.
        let next: ClosedRange<Int64> = hasFailedBefore ? 201...202 : 301...302
        for _ in 0..<2 {
            #expect(await refusal { try await sink.append(next) } == "audit.log_behind")
        }
        guard case .unfit = sink.service.standing.state else {
            Issue.record("the log stands \(sink.service.standing.state)")
            return
        }
        #expect(try await log.number("SELECT count(*) FROM audit.entries") == 200)
        #expect(try await log.number("SELECT size FROM audit.log_state") == 200)
        await sink.stop()
    }

    @Test func `a database that was swapped before the first batch is not taken over`()
        async throws
    {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...30)
        await sink.stop()
        sink = try await TestSink(log)
        try await log.goBack(to: 20)
        #expect(await refusal { try await sink.append(31...31) } == "audit.log_behind")
        #expect(try await log.number("SELECT count(*) FROM audit.entries") == 20)
        await sink.stop()
    }

    @Test func `a batch that was cut off is neither damage nor another writer`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...3)
        try await log.cutConnections()
        await #expect(throws: (any Error).self) { try await sink.append(4...6) }
        try await log.cutNoConnections()
        #expect(try await sink.append(4...6).durableSequence == 6)
        #expect(sink.service.standing.state == .fit)
        try await sink.sign()
        #expect(try await sink.faults() == [])
        await sink.stop()
    }

    @Test func `what a process knows decides what state it goes on from`() throws {
        func state(_ size: Int64, term: Int64 = 1) -> LogState {
            LogState(
                logEpoch: 1, size: size, root: .leaf(Data("\(size)".utf8)), writerTerm: term)
        }
        var known = KnownStates(state(10))
        try known.settle(state(10))
        #expect(throws: LogFailure.self) { try known.settle(state(9)) }
        #expect(throws: LogFailure.self) { try known.settle(state(11)) }
        #expect(throws: LogFailure.self) { try known.settle(state(10, term: 0)) }
        #expect(throws: LogFailure.fenced) { try known.settle(state(11, term: 2)) }
        known.attempt(state(12))
        try known.settle(state(10))
        // It may still be committed later.
        known.attempt(state(13))
        try known.settle(state(12))
        #expect(known.committed == state(12))
        #expect(throws: LogFailure.self) { try known.settle(state(13)) }
        #expect(throws: LogFailure.self) { try known.settle(state(10)) }
        // What was undone can't come to be, however often it is tried.
        for size in 20...(20 + 2 * Int64(KnownStates.limit)) {
            known.attempt(state(size))
            known.fail(state(size), with: DatabaseError(code: .checkViolation, message: "no"))
        }
        #expect(known.attempted.isEmpty)
        #expect(throws: LogFailure.self) { try known.settle(state(20)) }
        for size in 200...(200 + 2 * Int64(KnownStates.limit)) {
            known.attempt(state(size))
            known.fail(
                state(size),
                with: DatabaseError(
                    code: .connectionLost, message: "gone", commitOutcomeUnknown: true))
        }
        #expect(known.attempted.count == KnownStates.limit)
        try known.settle(state(200 + 2 * Int64(KnownStates.limit)))
    }
}

extension TestLog {
    /// Ends the connection of whoever appends, before the commit.
    fileprivate func cutConnections() async throws {
        try await self.tamper(
            """
            CREATE FUNCTION public.cut() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
            """,
            """
            CREATE TRIGGER cut AFTER UPDATE ON audit.log_state
            FOR EACH STATEMENT EXECUTE FUNCTION public.cut()
            """)
    }

    fileprivate func cutNoConnections() async throws {
        try await self.tamper(
            "DROP TRIGGER cut ON audit.log_state", "DROP FUNCTION public.cut()")
    }
}
