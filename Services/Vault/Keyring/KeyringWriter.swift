internal import Dispatch
internal import FoundationEssentials
internal import Locks

/// Takes changes of the keyring, one after the other, and brings those that wait to disk together.
final class KeyringWriter: Sendable {
    /// What a change is about.  Of two about the same, the second sees what the first has done.
    enum Subject: Hashable {
        case secret(UUID)
        case epochs
    }

    /// Says what to write, given what there is.
    typealias Plan = @Sendable (KeyringState) throws -> [KeyringRecord]

    private struct Change {
        let subject: Subject
        let plan: Plan
        let continuation: CheckedContinuation<[KeyringRecord], any Error>
    }

    private struct Waiting {
        var changes: [Change] = []
        var isClosed = false
        var objection: KeyringError?
    }

    private let keys: KeyringKeys
    private let live: LiveKeys
    private let state: Mutex<KeyringState>
    private let disk: Mutex<KeyringDisk>
    private let lock: Mutex<KeyringLock?>
    private let waiting: Mutex<Waiting>
    private let queue = DispatchQueue(label: "steward.vault.keyring")

    /// How many changes may wait: protects the process's memory where the disk stands still.
    static let waitingLimit = 10_000
    /// How many changes share a write, which also bounds what is written at a time.
    static let changesInWrite = 1_024

    /// Takes over what was opened.
    init(_ opened: OpenedKeyring, live: LiveKeys) {
        self.keys = opened.keys
        self.live = live
        self.state = Mutex(opened.state)
        self.disk = Mutex(opened.disk)
        self.lock = Mutex(opened.lock)
        self.waiting = Mutex(Waiting(objection: opened.objection))
    }

    deinit { self.disk.withLock { $0.close() } }

    /// Reads what the keyring holds.
    func withState<Result: Sendable>(_ read: (KeyringState) -> Result) -> Result {
        self.state.withLock { read($0) }
    }

    /// Why the last change was refused for the disk's sake; `nil` if it was not.
    var objection: KeyringError? { self.waiting.withLock { $0.objection } }

    /// How many changes no write has taken yet.
    var waitingCount: Int { self.waiting.withLock { $0.changes.count } }

    /// Brings a change to disk, together with others that wait.
    ///
    /// - Returns: what was written; empty if there was nothing to do.
    /// - Throws: ``KeyringError``, or what the plan throws.
    @discardableResult
    func change(_ subject: Subject, _ plan: @escaping Plan) async throws -> [KeyringRecord] {
        try await withCheckedThrowingContinuation { continuation in
            let refusal = self.waiting.withLock { waiting -> KeyringError? in
                if waiting.isClosed { return .unwritable("the service stops") }
                guard waiting.changes.count < Self.waitingLimit else { return .busy }
                waiting.changes.append(
                    Change(subject: subject, plan: plan, continuation: continuation))
                return nil
            }
            if let refusal { return continuation.resume(throwing: refusal) }
            // Whoever comes first writes for all who wait by then; the others find nothing to do.
            self.queue.async { self.write() }
        }
    }

    /// Refuses further changes, finishes those that wait, and gives the lock back.
    func close() {
        self.waiting.withLock { $0.isClosed = true }
        self.queue.sync {
            while self.write() {}
            self.disk.withLock { $0.close() }
            self.lock.withLock { $0 = nil }
        }
    }

    /// Writes what waits; whether there was anything.
    @discardableResult
    private func write() -> Bool {
        let changes = self.next()
        guard !changes.isEmpty else { return false }
        let planned = changes.map { change in
            Result { try self.state.withLock { state in try change.plan(state) } }
        }
        // A plan that fails adds nothing to the write, and its caller hears of it below.
        let records = planned.flatMap { (try? $0.get()) ?? [] }
        let outcome = Result { if !records.isEmpty { try self.write(records) } }
        for (change, plan) in zip(changes, planned) {
            // Who asked for nothing new is not concerned by a write that failed.
            let isConcerned = (try? plan.get())?.isEmpty == false
            change.continuation.resume(with: isConcerned ? outcome.flatMap { plan } : plan)
        }
        // Those about the same as one of these wait still.
        if self.waiting.withLock({ !$0.changes.isEmpty }) { self.queue.async { self.write() } }
        return true
    }

    /// The first that wait, of no two about the same.
    private func next() -> [Change] {
        self.waiting.withLock { waiting in
            var subjects: Set<Subject> = []
            var (taken, left): ([Change], [Change]) = ([], [])
            for change in waiting.changes {
                if taken.count < Self.changesInWrite, subjects.insert(change.subject).inserted {
                    taken.append(change)
                } else {
                    left.append(change)
                }
            }
            waiting.changes = left
            return taken
        }
    }

    private func write(_ records: [KeyringRecord]) throws {
        do {
            try self.disk.withLock { disk in
                try disk.write(records) {
                    var after = self.withState { $0 }
                    for record in records { try after.apply(record) }
                    return after
                }
            }
        } catch {
            let objection = error as? KeyringError ?? .unwritable("\(error)")
            self.waiting.withLock { $0.objection = objection }
            throw objection
        }
        try self.state.withLock { state in
            for record in records { try state.apply(record) }
        }
        if records.contains(where: \.concernsEpochs) {
            try self.live.follow(self.withState { $0 }, keys: self.keys)
        }
        self.waiting.withLock { $0.objection = nil }
    }
}
