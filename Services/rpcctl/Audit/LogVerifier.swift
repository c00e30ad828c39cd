import AuditAPI
import AuditFormat
import FoundationEssentials
import Locks
import RPC
import TransparencyLog

/// Verifies a whole log: reads every entry, computes the root, and lets the service check what it
/// has stored beside them.
struct LogVerifier: Sendable {
    let audit: AuditConnection
    let log: VerifiedLog
    /// A checkpoint that somebody kept, verified, of the same epoch.
    let older: Checkpoint?
    let withPayloads: Bool
    let progress: Position

    /// - Throws: a ``CommandFailure`` if the service does not answer.
    func run() async throws -> LogVerdict {
        let faults = try await self.faultsSinceOlder()
        var verification = LogVerification(
            logEpoch: self.log.signed.logEpoch, checkpoint: self.log.checkpoint, older: self.older)
        if self.log.checkpoint.size > 0 {
            let request = ReadEntries(
                logEpoch: self.log.signed.logEpoch, from: 0, to: self.log.signed.treeSize,
                withPayloads: self.withPayloads)
            try await self.audit.read(request) { stored in
                verification.take(stored)
                self.progress.advance(to: verification.checkedCount)
            }
        }
        _ = verification.finish()
        var verdict = LogVerdict(log: self.log, older: self.older, verification: verification)
        verdict.faults = faults + verdict.faults
        if verification.isComplete, !verification.isAsSigned {
            verdict.unchangedCount = await self.unchangedCount(verification)
        }
        let earlier = try await self.verifyEarlier(than: verification, &verdict)
        verdict.faults += verdict.continuationFaults
        for logEpoch in [self.log.signed.logEpoch] + earlier {
            guard try await self.letCheck(logEpoch, &verdict) else { return verdict }
        }
        verdict.isCheckedByService = true
        return verdict
    }

    /// Verifies every earlier epoch by what the first entry of the next one says of it.
    ///
    /// - Returns: the epochs that there are.
    private func verifyEarlier(
        than newest: LogVerification, _ verdict: inout LogVerdict
    ) async throws -> [Int64] {
        var logEpoch = self.log.signed.logEpoch
        var link = newest.link
        var found: [Int64] = []
        while logEpoch > 1 {
            guard let known = link else {
                verdict.faults.append(
                    LogFault(
                        place: "log epoch \(logEpoch)",
                        description: "Its first entry does not say what was kept of the epoch "
                            + "before."))
                return found
            }
            logEpoch -= 1
            found.append(logEpoch)
            let epoch = try await self.verify(logEpoch, known)
            link = epoch.verification?.link
            verdict.earlier.append(epoch)
            verdict.faults += epoch.faults
            // Without a root nothing of it can be believed, nor what it says of the one before:
            // what is below only the service can check, which is told.
            guard epoch.verification != nil else {
                verdict.unboundEpochs = Array((1..<logEpoch).reversed())
                return found + verdict.unboundEpochs
            }
        }
        return found
    }

    private func verify(_ logEpoch: Int64, _ link: EpochLink) async throws -> EarlierEpoch {
        guard let root = link.kept.root else {
            return EarlierEpoch(logEpoch: logEpoch, link: link, verification: nil)
        }
        var verification = LogVerification(
            logEpoch: logEpoch,
            checkpoint: try Checkpoint(
                origin: self.log.checkpoint.origin, size: UInt64(link.kept.size), root: root))
        if link.kept.size > 0 {
            let request = ReadEntries(
                logEpoch: logEpoch, from: 0, to: link.kept.size,
                withPayloads: self.withPayloads)
            do {
                try await self.audit.read(request) { verification.take($0) }
            } catch let failure as CommandFailure where failure.code == .notFound {
                // A service that knows no such epoch has lost its entries, which is told next.
            }
        }
        _ = verification.finish()
        return EarlierEpoch(logEpoch: logEpoch, link: link, verification: verification)
    }

    /// Lets the service check what it has stored of an epoch.
    ///
    /// While the service checks for somebody else it is asked again, as it says, for a minute or
    /// so.
    ///
    /// - Returns: whether it came to the end.
    private func letCheck(_ logEpoch: Int64, _ verdict: inout LogVerdict) async throws -> Bool {
        self.progress.begin(.service)
        for attempt in 1... {
            do {
                return try await self.letCheckOnce(logEpoch, &verdict)
            } catch let failure as CommandFailure {
                if case .after(let pause) = failure.retry, attempt < Self.checkAttemptLimit,
                    failure.reason == "audit.check_running"
                {
                    self.progress.begin(.turn)
                    try await Task.sleep(for: pause)
                    continue
                }
                guard !verdict.isSound else { throw failure }
                // What was found is worth more than why the service could not say more.
                verdict.serviceFailure = failure.message
                return false
            }
        }
        return false
    }

    /// How often the service is asked to check while it says that it checks for somebody else.
    private static let checkAttemptLimit = 12

    private func letCheckOnce(
        _ logEpoch: Int64, _ verdict: inout LogVerdict
    ) async throws -> Bool {
        var isDone = false
        try await self.audit.read(CheckLog(logEpoch: logEpoch)) { report in
            self.progress.begin(.service)
            self.progress.advance(to: UInt64(clamping: report.checkedCount))
            if let fault = report.fault {
                verdict.take(
                    logEpoch == self.log.signed.logEpoch ? fault : fault.inEpoch(logEpoch))
            }
            if report.isLast { isDone = true }
        }
        return isDone
    }

    /// Whether the log is a continuation of the older checkpoint, by the service's own proof.
    private func faultsSinceOlder() async throws -> [LogFault] {
        guard let older, older.size > 0 else { return [] }
        let newest = self.log.checkpoint
        let place = "checkpoint \(older.size)"
        guard older.size <= newest.size else {
            return [
                LogFault(
                    place: place,
                    description: "It covers \(older.size) entries, the newest checkpoint only "
                        + "\(newest.size): the log was set back to an older state.")
            ]
        }
        guard older.size < newest.size else {
            return older.root == newest.root
                ? [] : [LogFault(place: place, description: "Another root was signed for it.")]
        }
        guard try await !self.isBeginning(older.size, older.root) else { return [] }
        return [
            LogFault(
                place: place,
                description: "The log is no continuation of it: what it covers was changed.")
        ]
    }

    /// Whether a tree is proved to be the beginning of the log that was signed.
    private func isBeginning(_ size: UInt64, _ root: MerkleHash) async throws -> Bool {
        let newest = self.log.checkpoint
        let proven = try await self.audit.ask(
            ProveConsistency(
                oldSize: Int64(clamping: size), newSize: Int64(clamping: newest.size),
                logEpoch: self.log.signed.logEpoch))
        let proof = ConsistencyProof(
            oldSize: size, newSize: newest.size,
            hashes: proven.hashes.compactMap { MerkleHash($0) })
        do {
            try proof.verify(oldRoot: root, newRoot: newest.root)
            return proof.hashes.count == proven.hashes.count
        } catch {
            return false
        }
    }

    /// How many entries are certainly those that were signed, where the root is another one.
    ///
    /// Looks for the last remembered root that the service can still prove to be a beginning of
    /// what was signed; the first change lies behind it.
    private func unchangedCount(_ verification: LogVerification) async -> UInt64? {
        let roots = verification.roots
        var (low, high) = (0, roots.count)
        while low < high {
            let middle = (low + high + 1) / 2
            let size = UInt64(middle) * LogVerification.stride
            // A service that can't prove it leaves the place unknown; that it is wrong is known.
            guard let isBeginning = try? await self.isBeginning(size, roots[middle - 1])
            else { return nil }
            if isBeginning { low = middle } else { high = middle - 1 }
        }
        return UInt64(low) * LogVerification.stride
    }
}

extension LogVerifier {
    /// How far a verification is.
    final class Position: Sendable {
        /// Who checks.
        enum Phase: String {
            case entries = "entries read"
            case service = "entries checked by the service"
            case turn = "while the service checks the log for somebody else"
        }

        private let size: UInt64
        private let state = Mutex((phase: Phase.entries, count: UInt64(0)))

        init(size: UInt64) { self.size = size }

        func advance(to count: UInt64) { self.state.withLock { $0.count = count } }

        func begin(_ phase: Phase) { self.state.withLock { $0 = (phase, 0) } }

        func line(style: TextStyle) -> String {
            let (phase, count) = self.state.withLock { $0 }
            let share = self.size == 0 ? 1 : Double(count) / Double(self.size)
            return Progress.bar(share, style: style)
                + " \(count.grouped) of \(self.size.grouped) \(phase.rawValue)"
        }
    }
}
