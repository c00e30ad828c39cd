import Foundation
import Glibc
import Synchronization

/// The real executable, started with pipes or on a terminal of its own.
final class RunningCommand: Sendable {
    struct Result: Sendable {
        var status: Int32
        var output: String
        var errors: String

        /// The lines of standard output.
        var lines: [String] { self.output.split(separator: "\n").map(String.init) }
    }

    private let process: pid_t
    private let output: LineBuffer
    private let errors: LineBuffer
    private let input: Int32

    private init(process: pid_t, output: LineBuffer, errors: LineBuffer, input: Int32) {
        self.process = process
        self.output = output
        self.errors = errors
        self.input = input
    }

    /// Starts it with pipes.
    ///
    /// - Parameter input: what standard input holds; `nil` leaves it open.
    static func start(
        _ arguments: [String], environment: [String: String], input: String? = "",
        executable: String = RunningCommand.executable
    ) throws -> RunningCommand {
        let command = try self.starting.withLock { _ in
            let standardInput = try self.makePipe()
            let output = try self.makePipe()
            let errors = try self.makePipe()
            let process = try self.spawn(arguments, environment, executable) { actions in
                posix_spawn_file_actions_adddup2(&actions, standardInput.reader, 0)
                posix_spawn_file_actions_adddup2(&actions, output.writer, 1)
                posix_spawn_file_actions_adddup2(&actions, errors.writer, 2)
            }
            for descriptor in [standardInput.reader, output.writer, errors.writer] {
                close(descriptor)
            }
            return RunningCommand(
                process: process, output: LineBuffer(output.reader),
                errors: LineBuffer(errors.reader), input: standardInput.writer)
        }
        if let input {
            command.type(input)
            close(command.input)
        }
        return command
    }

    /// Starts it on a terminal of its own, whose both directions are `type` and `output`.
    static func startOnTerminal(
        _ arguments: [String], environment: [String: String]
    ) throws -> RunningCommand {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var number: Int32 = 0
        var isLocked: Int32 = 0
        guard terminal >= 0, ioctl(terminal, Self.unlockTerminal, &isLocked) == 0,
            ioctl(terminal, Self.terminalNumber, &number) == 0
        else { throw POSIXError(.EIO) }
        let path = "/dev/pts/\(number)"
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
        let process = try self.spawn(
            arguments, environment, Self.executable, isSessionLeader: true
        ) { actions in
            posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
        let empty = try self.makePipe()
        close(empty.writer)
        return RunningCommand(
            process: process, output: LineBuffer(terminal), errors: LineBuffer(empty.reader),
            input: terminal)
    }

    /// Writes to its standard input.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                write(self.input, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return }
            offset += count
        }
    }

    /// Waits until its standard output holds a text.
    func expect(_ text: String) async { await self.output.wait { $0.contains(text) } }

    func send(signal: Int32) { kill(self.process, signal) }

    /// Waits for its end and everything it wrote.
    func result() async -> Result {
        await self.output.wait { _ in false }
        await self.errors.wait { _ in false }
        return Result(
            status: await self.status(), output: self.output.text, errors: self.errors.text)
    }

    /// Waits for its end: the exit code, or the signal as a negative number.
    func status() async -> Int32 {
        let process = self.process
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                let signal = status & 0x7F
                continuation.resume(returning: signal == 0 ? status >> 8 & 0xFF : -signal)
            }
        }
    }

    /// TIOCSPTLCK and TIOCGPTN of linux/tty.h, which are not imported.
    private static let unlockTerminal = UInt(0x4004_5431)
    private static let terminalNumber = UInt(0x8004_5430)

    /// Held while descriptors exist that a process started at the same time would inherit.
    private static let starting = Mutex(())

    private static func makePipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ arguments: [String], _ environment: [String: String], _ executable: String,
        isSessionLeader: Bool = false, _ prepare: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        prepare(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        if isSessionLeader { posix_spawnattr_setflags(&attributes, 0x80) }
        let words = ([executable] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, executable, &actions, &attributes, words, variables)
        guard result == 0 else { throw POSIXError(.init(rawValue: result) ?? .ENOENT) }
        return process
    }

    /// Beside the test bundle, or where the build leaves it.
    static let executable: String = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../..").standardized.path
        let places = [
            ProcessInfo.processInfo.environment["STEWARD_BINARIES"], bundle,
            root + "/.build/debug",
        ]
        return places.compactMap { $0.map { "\($0)/rpcctl" } }
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "rpcctl"
    }()
}
