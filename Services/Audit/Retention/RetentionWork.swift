internal import AuditAPI
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Removes what is to be removed: payloads of people who are erased, months whose retention is
/// over, days of metrics, answers that nobody asks for any more.
///
/// Whatever is killed, what is left is done by the next round.  Several instances may work at a
/// time: the database lets one at a time remove.
final class RetentionWork: Service {
    private let erasures: ErasureStore
    private let retention: RetentionStore
    private let audit: AuditOutbox
    private let personErasures: [PersonErasure]
    private let logger: Logger
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// Time between rounds.
    static let interval = Duration.seconds(60)

    /// Brings the parts together.
    ///
    /// - Parameter personErasures: what else goes with a person's payloads.
    init(
        database: Database, audit: AuditOutbox,
        personErasures: [PersonErasure], logger: Logger
    ) {
        self.erasures = ErasureStore(database: database)
        self.retention = RetentionStore(database: database)
        self.audit = audit
        self.personErasures = personErasures
        self.logger = logger
        (self.wakeUps, self.wakeUp) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Makes the next round begin at once.
    func wake() { self.wakeUp.yield() }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        self.wake()
                        // Cancelled only when the service stops, which ends the loop.
                        try? await Task.sleep(for: Self.interval)
                    }
                }
                for await _ in self.wakeUps { await self.round() }
                group.cancelAll()
            }
        }
    }

    /// One round; what fails is put off to the next, and keeps nothing else from being done.
    private func round() async {
        for (what, step) in [
            ("erasure", self.eraseWhatIsDue), ("retention", { try await self.expire() }),
            ("metrics", self.dropMetrics),
        ] as [(String, () async throws -> Void)] {
            do {
                try await step()
            } catch is CancellationError {
                return
            } catch {
                self.logger.warning(
                    "a removal is put off", metadata: ["what": "\(what)", "error": "\(error)"])
            }
        }
    }

    // MARK: Erasure

    /// Erases what is due and under no hold.
    func eraseWhatIsDue() async throws {
        try await self.erasures.reopen()
        for erasure in try await self.erasures.open() { try await self.erase(erasure.id) }
    }

    /// Does as much of an erasure as may be done.
    ///
    /// - Parameter stepCount: payloads of one transaction.
    func erase(_ id: UUID, stepCount: Int32 = ErasureStore.stepCount) async throws {
        repeat {
            while try await self.erasures.eraseSome(id, atMost: stepCount) > 0 {
                try Task.checkCancellation()
            }
        } while try await !self.finish(id)
    }

    /// Ends an erasure, or leaves it to the release of a hold, and records what was done.
    ///
    /// - Returns: whether nothing that may be erased is left.
    private func finish(_ id: UUID) async throws -> Bool {
        try await self.erasures.database.transaction(
            as: RetentionStore.purpose, deadline: .now + .seconds(60)
        ) { transaction in
            let results = try await transaction.batch([
                ErasureStore.finish(id), ErasureStore.find(id), ErasureStore.ranges(id),
            ])
            guard let erasure: Erasure = try results[1].decodeFirst() else { return true }
            guard let outcome = results[0].rows.first else {
                // Another instance was quicker, or something arrived meanwhile.
                return erasure.state == .done
            }
            var statements: [SQL] = []
            if try outcome.get("is_news") {
                statements.append(
                    try self.event(
                        of: erasure, heldCount: try outcome.get("held_count"),
                        ranges: results[2].rows))
            }
            if erasure.state == .done {
                statements += self.personErasures.flatMap { $0.statements(for: erasure.userID) }
            }
            _ = try await transaction.batch(statements)
            return true
        }
    }

    private func event(
        of erasure: Erasure, heldCount: Int64, ranges: [Row]
    ) throws -> SQL {
        var details: [String: JSONValue] = [
            "userID": .string(erasure.userID.uuidString.lowercased()),
            "basis": .string(erasure.basis), "reason": .string(erasure.reason),
            "erasedCount": .integer(erasure.erasedCount), "heldCount": .integer(heldCount),
            "state": .string(erasure.state.rawValue),
        ]
        details["requestedBy"] = erasure.requestedBy.map { .string($0.uuidString.lowercased()) }
        var places: [String: JSONValue] = [:]
        for row in ranges {
            places["\(try row.get("log_epoch", as: Int64.self))"] = .string(try row.get("ranges"))
        }
        details["logRanges"] = .object(places)
        return try self.audit.record(
            AuditFact(
                .auditErased, of: AuditResource("erasure", erasure.id),
                actorID: erasure.requestedBy, isSensitive: true,
                payload: AuditPayload(details: .object(details))),
            in: nil)
    }

    // MARK: Retention

    /// Removes the months of payloads whose retention is over and that no hold keeps.
    func expire(at time: Date = Date()) async throws {
        for month in try await self.retention.monthsThatAreOver(at: time) {
            do {
                try await self.expire(month)
            } catch let error as DatabaseError where error.sqlState == RetentionStore.heldState {
                self.logger.debug(
                    "a hold keeps a month of payloads",
                    metadata: ["class": "\(month.auditClass)", "month": "\(month.month)"])
            }
        }
    }

    private func expire(_ month: RetentionStore.PayloadMonth) async throws {
        try await self.retention.database.transaction(
            as: RetentionStore.purpose, deadline: .now + .seconds(60)
        ) { transaction in
            let expiration: RetentionStore.Expiration? =
                try await transaction.execute(
                    RetentionStore.expire(month, id: .version7())
                ).decodeFirst()
            guard let expiration else { return }
            _ = try await transaction.execute(try self.event(of: expiration))
        }
    }

    private func event(of expiration: RetentionStore.Expiration) throws -> SQL {
        func place(_ place: (logEpoch: Int64, logIndex: Int64)) -> JSONValue {
            .object(["epoch": .integer(place.logEpoch), "index": .integer(place.logIndex)])
        }
        return try self.audit.record(
            AuditFact(
                .auditExpired, of: AuditResource("expiration", expiration.id),
                payload: AuditPayload(
                    details: .object([
                        "class": .string(expiration.auditClass),
                        "month": .string(expiration.month),
                        "days": .integer(Int64(expiration.days)),
                        "first": place(expiration.first), "last": place(expiration.last),
                    ]))),
            in: nil)
    }

    // MARK: The rest

    private func dropMetrics() async throws {
        _ = try await self.retention.database.write(
            "SELECT audit.drop_metric_days()", as: RetentionStore.purpose,
            deadline: .now + .seconds(60))
    }
}
