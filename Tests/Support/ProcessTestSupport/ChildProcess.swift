internal import Foundation
package import Glibc
internal import Locks

/// A program that a test started.
///
/// Nothing here holds up a thread that tests run on, however long the program takes, and a program
/// inherits no file but its three standard streams: a file that some other test has open at that
/// moment would otherwise stay open for as long as the program lives.
package final class ChildProcess: Sendable {
    /// What one of the three standard streams is.
    package enum StandardStream: Sendable {
        /// Nothing to read, and nobody who reads.
        case null
        /// An open file of the test's own, which the test closes itself.
        case descriptor(Int32)
        /// The file at a path, opened by the program for reading and writing.
        case file(String)
    }

    private enum State {
        case running(waiting: [CheckedContinuation<Int32, Never>])
        case ended(status: Int32)
    }

    /// The process's number.
    package let id: pid_t
    private let state = Mutex(State.running(waiting: []))

    private init(id: pid_t) {
        self.id = id
    }

    /// Starts a program, with no signal blocked or ignored.
    ///
    /// - Parameters:
    ///   - path: the program; it is not looked for.
    ///   - environment: all of its environment; the test's own if absent.
    ///   - leadsSession: whether it begins a session of its own, as it must to have a terminal.
    /// - Throws: `POSIXError` when it cannot be started.
    package static func start(
        _ path: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        input: StandardStream = .null,
        output: StandardStream = .null,
        errors: StandardStream = .null,
        leadsSession: Bool = false
    ) throws -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in [(Int32(0), input), (1, output), (2, errors)] {
            switch stream {
            case .null:
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            case .file(let path):
                posix_spawn_file_actions_addopen(&actions, number, path, O_RDWR, 0)
            case .descriptor(let file):
                posix_spawn_file_actions_adddup2(&actions, file, number)
            }
        }

        // Not every file of a test is closed by exec: NIO's sockets are not.  To close what is not
        // open is no error here.
        for file in 3...Self.highestDescriptor + 64 {
            posix_spawn_file_actions_addclose(&actions, file)
        }

        // Threads of a test block signals, and a child would inherit that: nobody could end it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        if leadsSession { flags |= Self.setSession }
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let variables = environment ?? ProcessInfo.processInfo.environment
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var id: pid_t = 0
        let failure = ProgramPipe.makingOrInheriting.withLock { _ in
            posix_spawn(&id, path, &actions, &attributes, words, settings)
        }
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
        let process = ChildProcess(id: id)
        process.reapWhenItEnds()
        return process
    }

    private static var highestDescriptor: Int32 {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return names?.compactMap { Int32($0) }.max() ?? 1_024
    }

    /// Whether it has not ended yet.
    package var isRunning: Bool {
        self.state.withLock { state in
            if case .running = state { true } else { false }
        }
    }

    /// Sends it a signal, unless it has ended.
    package func send(signal: Int32) {
        self.state.withLock { state in
            // Until it is reaped nobody else gets its number.
            if case .running = state { kill(self.id, signal) }
        }
    }

    /// Waits for its end: its exit status, or the number of the signal that ended it, negated.
    package func status() async -> Int32 {
        await self.killedWhenCancelled {
            await withCheckedContinuation { continuation in
                let ended = self.state.withLock { state -> Int32? in
                    switch state {
                    case .ended(let status): return status
                    case .running(let waiting):
                        state = .running(waiting: waiting + [continuation])
                        return nil
                    }
                }
                if let ended { continuation.resume(returning: ended) }
            }
        }
    }

    /// Waits for something that comes from it at the latest when it ends.
    ///
    /// It is killed when the task is cancelled, as it is when a test's time is over: a test that
    /// waited on would keep all others from being reported.
    package func killedWhenCancelled<Value>(_ wait: () async -> Value) async -> Value {
        await withTaskCancellationHandler(operation: wait) { self.send(signal: SIGKILL) }
    }

    /// Waits for its end on a thread of its own.
    private func reapWhenItEnds() {
        Thread.detachNewThread {
            // Its number stays its own until the second call takes its status, under the lock.
            var information = siginfo_t()
            let options = WEXITED | WNOWAIT
            while waitid(P_PID, id_t(self.id), &information, options) < 0, errno == EINTR {}
            let (status, waiting) = self.state.withLock { state in
                var word: Int32 = 0
                while waitpid(self.id, &word, 0) < 0, errno == EINTR {}
                let signal = word & 0x7F
                let status = signal == 0 ? word >> 8 & 0xFF : -signal
                var all: [CheckedContinuation<Int32, Never>] = []
                if case .running(let waiting) = state { all = waiting }
                state = .ended(status: status)
                return (status, all)
            }
            for continuation in waiting { continuation.resume(returning: status) }
        }
    }

    /// POSIX_SPAWN_SETSID, which glibc shows only to those who ask for all of GNU.
    private static let setSession: Int32 = 0x80
}
