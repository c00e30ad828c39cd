import Foundation
import Glibc
import ProcessTestSupport

/// The real executable, started with pipes or on a terminal of its own.
final class RunningCommand: Sendable {
    struct Result: Sendable {
        var status: Int32
        var output: String
        var errors: String

        /// The lines of standard output.
        var lines: [String] { self.output.split(separator: "\n").map(String.init) }
    }

    private let process: ChildProcess
    private let output: LineBuffer
    private let errors: LineBuffer
    private let input: Int32
    /// Where its input is written, since a program that does not read would hold up the writer.
    private let typing = DispatchQueue(label: "input")

    private init(process: ChildProcess, output: LineBuffer, errors: LineBuffer, input: Int32) {
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
        let (standardInput, output, errors) = (
            try ProgramPipe(), try ProgramPipe(), try ProgramPipe()
        )
        defer {
            for end in [standardInput.reader, output.writer, errors.writer] { close(end) }
        }
        let process = try ChildProcess.start(
            executable, arguments, environment: environment,
            input: .descriptor(standardInput.reader), output: .descriptor(output.writer),
            errors: .descriptor(errors.writer))
        let command = RunningCommand(
            process: process, output: LineBuffer(output.reader),
            errors: LineBuffer(errors.reader), input: standardInput.writer)
        if let input {
            command.type(input)
            command.typing.async { close(standardInput.writer) }
        }
        return command
    }

    /// Starts it on a terminal of its own, whose both directions are `type` and `output`.
    static func startOnTerminal(
        _ arguments: [String], environment: [String: String],
        executable: String = RunningCommand.executable
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
        let process = try ChildProcess.start(
            executable, arguments, environment: environment, input: .file(path),
            output: .file(path), errors: .file(path), leadsSession: true)
        let nothing = try ProgramPipe()
        close(nothing.writer)
        return RunningCommand(
            process: process, output: LineBuffer(terminal), errors: LineBuffer(nothing.reader),
            input: terminal)
    }

    /// Writes to its standard input.
    func type(_ text: String) {
        self.typing.async { ProgramPipe.write(text, to: self.input) }
    }

    /// Waits until its standard output holds a text.
    func expect(_ text: String) async {
        await self.process.killedWhenCancelled { await self.output.wait { $0.contains(text) } }
    }

    func send(signal: Int32) { self.process.send(signal: signal) }

    /// Waits for its end and everything it wrote.
    func result() async -> Result {
        await self.process.killedWhenCancelled {
            await self.output.wait { _ in false }
            await self.errors.wait { _ in false }
        }
        return Result(
            status: await self.status(), output: self.output.text, errors: self.errors.text)
    }

    /// Waits for its end: the exit code, or the signal as a negative number.
    func status() async -> Int32 { await self.process.status() }

    /// TIOCSPTLCK and TIOCGPTN of linux/tty.h, which are not imported.
    private static let unlockTerminal = UInt(0x4004_5431)
    private static let terminalNumber = UInt(0x8004_5430)

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
