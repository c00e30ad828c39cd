internal import Dispatch
internal import Glibc
internal import Locks
internal import ServiceKit

/// A program that is run once: it reads one text, writes another, and ends within its time.
///
/// It has no descriptor but its three standard streams, nothing in its environment but a path and a
/// language, and a process group of its own, all of which is killed when it ends or its time is
/// over.  What it writes to standard error is not read: it may hold a value.
final class HookProcess: Sendable {
    private let path: String
    private let input: [UInt8]
    private let deadline: ContinuousClock.Instant
    private let outputLimit: Int
    private let isCancelled = Mutex(false)

    /// How often a program's end and the deadline are looked for, in milliseconds.
    private static let tick: CInt = 10
    /// Threads that wait for programs, not those that serve calls.
    private static let queue = DispatchQueue(
        label: "steward.vault.hooks", attributes: .concurrent)

    private init(
        _ path: String, input: [UInt8], deadline: ContinuousClock.Instant, outputLimit: Int
    ) {
        self.path = path
        self.input = input
        self.deadline = deadline
        self.outputLimit = outputLimit
    }

    /// Runs a program to its end.
    ///
    /// - Returns: what it wrote to standard output.
    /// - Throws: ``RotationFault`` unless it ends with status 0 in time and writes no more than
    ///   `outputLimit` bytes; `CancellationError`.
    static func run(
        _ path: String, input: [UInt8], deadline: ContinuousClock.Instant, outputLimit: Int
    ) async throws -> [UInt8] {
        let process = HookProcess(
            path, input: input, deadline: deadline, outputLimit: outputLimit)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Self.queue.async { continuation.resume(with: Result { try process.run() }) }
            }
        } onCancel: {
            process.isCancelled.withLock { $0 = true }
        }
    }

    private func run() throws -> [UInt8] {
        var toProgram = try HookPipe()
        var fromProgram = try HookPipe()
        try toProgram.fill(self.input)
        let id = try self.spawn(input: toProgram.reader, output: fromProgram.writer)
        fromProgram.closeWriter()
        var output: [UInt8] = []
        var failure: (any Error)?
        do {
            try self.wait(for: id, reading: fromProgram, into: &output)
        } catch {
            failure = error
        }
        // Whatever it has started goes with it.  Until it is reaped nobody else gets its number.
        kill(-id, SIGKILL)
        var word: Int32 = 0
        while waitpid(id, &word, 0) < 0, errno == EINTR {}
        if let failure { throw failure }
        let signal = word & 0x7F
        guard signal == 0 else { throw RotationFault.killed(signal: signal) }
        let status = word >> 8 & 0xFF
        guard status == 0 else { throw RotationFault.ended(status: status) }
        return output
    }

    /// Reads until the program has ended.
    private func wait(
        for id: pid_t, reading pipe: borrowing HookPipe, into output: inout [UInt8]
    ) throws {
        var isOpen = true
        while true {
            // Asked before the last reading: what it wrote before its end is then all there.
            let hasEnded = Self.hasEnded(id)
            if isOpen { isOpen = pipe.read(into: &output, limit: self.outputLimit) }
            guard output.count <= self.outputLimit else { throw RotationFault.tooMuch }
            if hasEnded { return }
            if self.isCancelled.withLock({ $0 }) { throw CancellationError() }
            guard ContinuousClock.now < self.deadline else { throw RotationFault.tooLate }
            var ready = pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0)
            poll(&ready, isOpen ? 1 : 0, Self.tick)
        }
    }

    private static func hasEnded(_ id: pid_t) -> Bool {
        var information = siginfo_t()
        // Without a change nothing is said of a signal.
        return waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT | WNOHANG) == 0
            && information.si_signo != 0
    }

    private func spawn(input: CInt, output: CInt) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        try CloseFrom.add(to: &actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let words: [UnsafeMutablePointer<CChar>?] = [strdup(self.path), nil]
        let settings = Self.environment.map { strdup($0) } + [nil]
        defer { for text in words + settings { free(text) } }
        var id: pid_t = 0
        let failure = posix_spawn(&id, self.path, &actions, &attributes, words, settings)
        guard failure == 0 else {
            throw RotationFault.notStarted("\(SystemError(number: failure))")
        }
        return id
    }

    /// All that a hook's environment holds: rpcctl lies beside this program.
    private static let environment: [String] = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let program = String(
            decoding: buffer.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let directory = program.split(separator: "/").dropLast().joined(separator: "/")
        return ["PATH=/\(directory):/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/nonexistent"]
    }()
}

/// Keeps descriptors from a program.
///
/// glibc declares the function only to C programs that ask for all of GNU, so it is looked up.
private enum CloseFrom {
    private typealias Function =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt

    private static let function: Function? = dlsym(
        nil, "posix_spawn_file_actions_addclosefrom_np"
    ).map { unsafeBitCast($0, to: Function.self) }

    /// Has all descriptors from this one on closed.
    static func add(
        to actions: inout posix_spawn_file_actions_t, _ first: CInt
    ) throws(RotationFault) {
        guard let function, function(&actions, first) == 0 else {
            throw .notStarted("descriptors cannot be kept from it")
        }
    }
}
