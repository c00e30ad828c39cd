import Locks
import NIOCore

/// Runs Swift tasks on a NIO event loop, so that a handler and its connection share one thread.
///
/// Jobs are collected and run once per turn of the loop, in order; what they enqueue runs in the
/// next turn, after I/O had its chance.
final class EventLoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop
    private let pending = Mutex<[UnownedJob]>([])

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = self.pending.withLock { pending in
            pending.append(job)
            return pending.count == 1
        }
        if isFirst { self.eventLoop.execute { self.runPending() } }
    }

    private func runPending() {
        var jobs: [UnownedJob] = []
        self.pending.withLock { swap(&jobs, &$0) }
        for job in jobs { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// The one executor of each event loop.
    static func shared(for eventLoop: any EventLoop) -> EventLoopTaskExecutor {
        self.all.withLock { all in
            if let known = all[ObjectIdentifier(eventLoop)] { return known }
            let executor = EventLoopTaskExecutor(eventLoop)
            all[ObjectIdentifier(eventLoop)] = executor
            return executor
        }
    }

    /// Bounded by the number of event loops, which live as long as the process.
    private static let all = Mutex<[ObjectIdentifier: EventLoopTaskExecutor]>([:])
}
