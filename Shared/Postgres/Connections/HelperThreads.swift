internal import CPostgres
internal import DequeModule
internal import Glibc
internal import Locks

/// Runs jobs that may block on a few threads, which end when there is nothing to do.
final class HelperThreads: Sendable {
    typealias Job = @Sendable () -> Void

    private struct State {
        var jobs: Deque<Job> = []
        var threadCount = 0
    }

    /// Establishing connections: name resolution and TLS files block inside libpq.
    static let connecting = HelperThreads(limit: 2)

    /// Cancel requests, which block in libpq 15.
    static let cancelling = HelperThreads(limit: 4)

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Runs `job` soon; jobs wait while `limit` others run.
    ///
    /// - Returns: false when no thread could be made and none runs; the job is dropped.
    func run(_ job: @escaping Job) -> Bool {
        let needsThread = self.state.withLock { state in
            state.jobs.append(job)
            guard state.threadCount < self.limit else { return false }
            state.threadCount += 1
            return true
        }
        guard needsThread else { return true }
        if startThread(name: "pg-helper", { self.work() }) {
            return true
        }
        return self.state.withLock { state in
            state.threadCount -= 1
            guard state.threadCount == 0 else { return true }
            state.jobs.removeLast()
            return false
        }
    }

    private func work() {
        while let job = self.state.withLock({ state -> Job? in
            guard let job = state.jobs.popFirst() else {
                state.threadCount -= 1
                return nil
            }
            return job
        }) {
            job()
        }
    }
}

/// Starts a detached thread with a stack of 512 KiB.
///
/// - Returns: false when the system refuses.
func startThread(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
    // Safe because the attributes live until the thread has been made.
    var attributes = pthread_attr_t()
    guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
    defer { _ = unsafe pthread_attr_destroy(&attributes) }
    let stackByteCount = 512 * 1024
    guard unsafe pthread_attr_setstacksize(&attributes, stackByteCount) == 0,
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED)) == 0
    else { return false }
    // Safe because the thread takes over the one reference that is retained here.
    let box = unsafe Unmanaged.passRetained(Box(name: name, body: body))
    var thread = pthread_t()
    let status = unsafe pthread_create(
        &thread,
        &attributes,
        { argument in
            guard let argument = unsafe argument else { return nil }
            let box = unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
            // Safe because the system copies the name.
            unsafe cpostgres_name_thread(box.name)
            box.body()
            return nil
        },
        unsafe box.toOpaque()
    )
    if status != 0 {
        unsafe box.release()
    }
    return status == 0
}
