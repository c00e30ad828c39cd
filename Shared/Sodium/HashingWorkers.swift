internal import CDispatch
internal import Dispatch
internal import Glibc
internal import Locks

/// The threads of a ``PasswordHashingPool`` and the queue before them.
final class HashingWorkers: Sendable {
    /// Names one job, so that it can be taken back even before it arrives; compared by identity.
    final class Ticket: Sendable {
        fileprivate let isCancelled = Atomic(false)
    }

    /// One piece of work; exactly one of the two closures is called, once.
    struct Job: Sendable {
        let ticket: Ticket
        let enqueuedAt: ContinuousClock.Instant
        let perform: @Sendable () -> Void
        let refuse: @Sendable (any Error) -> Void
    }

    private struct State {
        var queue: [Job] = []
        var threadCount = 0
        var idleCount = 0
        var isClosed = false
    }

    private let threadLimit: Int
    private let queueLimit: Int
    private let maximumWait: Duration
    private let state = Mutex(State())
    /// Counts jobs and orders to end; each wakes one thread.
    private let signal = DispatchSemaphore(value: 0)

    init(threadCount: Int, queueLimit: Int, maximumWait: Duration) {
        precondition(threadCount >= 1 && queueLimit >= 1)
        self.threadLimit = threadCount
        self.queueLimit = queueLimit
        self.maximumWait = maximumWait
    }

    /// What to do with a job that came, decided under the lock and done after it.
    private enum Admission {
        case accept(startsThread: Bool)
        case refuse(any Error)
    }

    /// Queues a job, or refuses it at once.
    func enqueue(_ job: Job) {
        let admission = self.state.withLock { state -> Admission in
            // Written under the same lock, so the order is never in question.
            let isCancelled = job.ticket.isCancelled.load(ordering: .relaxed)
            guard !isCancelled, !state.isClosed else { return .refuse(CancellationError()) }
            let waiting = state.queue.count - state.idleCount
            let canStart = state.threadCount < self.threadLimit
            guard canStart || waiting < self.queueLimit else {
                return .refuse(PasswordHashingQueueFull())
            }
            state.queue.append(job)
            let startsThread = canStart && state.queue.count > state.idleCount
            if startsThread { state.threadCount += 1 }
            return .accept(startsThread: startsThread)
        }
        switch admission {
        case .refuse(let error): job.refuse(error)
        case .accept(let startsThread):
            self.signal.signal()
            if startsThread && !self.startThread() { self.threadCouldNotStart() }
        }
    }

    /// How many jobs no thread has taken yet.
    var waitingCount: Int { self.state.withLock { $0.queue.count } }

    /// Takes a waiting job back; a running one ends by itself.
    func cancel(_ ticket: Ticket) {
        let job = self.state.withLock { state -> Job? in
            ticket.isCancelled.store(true, ordering: .relaxed)
            let index = state.queue.firstIndex { $0.ticket === ticket }
            return index.map { state.queue.remove(at: $0) }
        }
        job?.refuse(CancellationError())
    }

    /// Lets the threads end when they have finished what they do; nobody may enqueue afterwards.
    func close() {
        let threadCount = self.state.withLock { state in
            state.isClosed = true
            return state.threadCount
        }
        for _ in 0..<threadCount { self.signal.signal() }
    }
}

extension HashingWorkers {
    /// The stack of a thread: Argon2 keeps its working memory elsewhere.
    private static let stackByteCount = 256 * 1_024

    private func startThread() -> Bool {
        var attributes = pthread_attr_t()
        guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
        defer { unsafe pthread_attr_destroy(&attributes) }
        // Both only fail for values out of range, which these are not.
        _ = unsafe pthread_attr_setstacksize(&attributes, Self.stackByteCount)
        _ = unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let retained = unsafe Unmanaged.passRetained(self)
        let status = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                if let argument = unsafe argument {
                    let workers = unsafe Unmanaged<HashingWorkers>.fromOpaque(argument)
                    unsafe workers.takeRetainedValue().work()
                }
                return nil
            }, unsafe retained.toOpaque())
        if status != 0 { unsafe retained.release() }
        return status == 0
    }

    /// Without any thread nobody would answer those who wait; with one they are only slower.
    private func threadCouldNotStart() {
        let refused = self.state.withLock { state -> [Job] in
            state.threadCount -= 1
            guard state.threadCount == 0 else { return [] }
            defer { state.queue = [] }
            return state.queue
        }
        for job in refused { job.refuse(SodiumError.outOfMemory) }
    }

    private enum Step {
        case perform(Job)
        case wait
        case end
    }

    private func work() {
        while true {
            self.state.withLock { $0.idleCount += 1 }
            self.signal.wait()
            var expired: [Job] = []
            let step = self.state.withLock { state -> Step in
                state.idleCount -= 1
                let now = ContinuousClock.now
                while let job = state.queue.first {
                    state.queue.removeFirst()
                    if job.enqueuedAt.duration(to: now) <= self.maximumWait {
                        return .perform(job)
                    }
                    expired.append(job)
                }
                return state.isClosed ? .end : .wait
            }
            for job in expired { job.refuse(PasswordHashingQueueFull()) }
            switch step {
            case .perform(let job): job.perform()
            case .wait: continue
            case .end: return
            }
        }
    }
}
