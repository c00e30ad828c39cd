internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

internal import struct FoundationEssentials.Date

/// What the vault does by itself now and then: says what is due, rotates what it can rotate, makes
/// room for the access log and removes its old months, forgets old answers, and compares the
/// database with the keyring.
struct VaultUpkeep: Service {
    let database: Database
    let notices: NoticeStore
    let rotation: SecretRotation
    let comparison: Comparison
    let keyEvents: KeyEvents
    let standing: VaultStanding
    let answers: KeptAnswers
    /// Days that the access log is kept.
    let retentionDays: Int
    let logger: Logger

    /// Time between rounds.
    static let interval = Duration.seconds(60)
    /// Rounds between comparisons.
    private static let comparisonInterval = 60

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                await self.round(compares: round % Self.comparisonInterval == 1)
                round += 1
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// One round; what fails is put off to the next, and keeps nothing else from being done.
    func round(compares: Bool = false) async {
        await self.attempt("the access log's months") { try await self.makeMonths() }
        guard self.standing.objection == nil else { return }
        await self.reconcileKeyEvents()
        await self.attempt("notices") {
            while try await self.notices.notice() > 0 { try Task.checkCancellation() }
        }
        await self.attempt("rotation") { try await self.rotate() }
        await self.attempt("old months") {
            _ = try await self.database.write(
                "SELECT vault.drop_access_months(\(Int32(self.retentionDays)))",
                as: EpochStore.purpose, deadline: .now + .seconds(30))
        }
        await self.attempt("old answers") {
            _ = try await self.database.write(
                self.answers.prune(limit: 1_000), as: .purpose("prune"),
                deadline: .now + .seconds(30))
        }
        guard compares else { return }
        await self.attempt("comparison") { try await self.comparison.compareWhileOpen() }
    }

    /// Records changes of keys that are in no event yet.
    func reconcileKeyEvents() async {
        guard self.standing.objection == nil else { return }
        await self.attempt("events about keys") {
            for event in try await self.keyEvents.reconcile() {
                self.logger.notice(
                    "a change of keys is recorded now",
                    metadata: ["kind": "\(event.kind.rawValue)", "subject": "\(event.subject)"])
            }
        }
    }

    /// Sees to it that uses of this month and the next can be recorded.
    func makeMonths() async throws {
        for sql: SQL in [
            "SELECT vault.make_access_month((now() AT TIME ZONE 'UTC')::date)",
            """
            SELECT vault.make_access_month(((now() AT TIME ZONE 'UTC')
                + interval '1 month')::date)
            """,
        ] {
            _ = try await self.database.write(
                sql, as: EpochStore.purpose, deadline: .now + .seconds(30))
        }
    }

    /// Rotates what is due; one that cannot be keeps no other from being rotated.
    func rotate() async throws {
        for id in try await self.notices.dueForRotation() {
            do {
                try await self.rotation.rotateDue(id)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                self.logger.warning(
                    "a rotation is put off", metadata: ["secret": "\(id)", "error": "\(error)"])
            }
        }
    }

    private func attempt(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch is CancellationError {
            return
        } catch {
            self.logger.warning(
                "upkeep is put off", metadata: ["what": "\(what)", "error": "\(error)"])
        }
    }
}
