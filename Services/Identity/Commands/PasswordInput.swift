internal import Glibc
internal import ServiceKit

/// Reads a password from where other processes cannot see it: never from arguments.
enum PasswordInput {
    private static let byteCountLimit = 4_096

    /// The first line of a file, of standard input, or of what is typed without echo.
    static func read(file: String?) throws -> String {
        guard let file else { return try Self.readStandardInput() }
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StartupError.failed("\(file) cannot be read: \(SystemError.last).")
        }
        defer { close(descriptor) }
        return try Self.line(from: descriptor)
    }

    private static func readStandardInput() throws -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try Self.line(from: STDIN_FILENO) }
        var mode = termios()
        guard tcgetattr(STDIN_FILENO, &mode) == 0 else {
            throw StartupError.failed("The terminal cannot be asked: \(SystemError.last).")
        }
        let echoing = mode
        mode.c_lflag &= ~tcflag_t(ECHO)
        Self.say("Password: ")
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode)
        defer {
            var echoing = echoing
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &echoing)
            Self.say("\n")
        }
        return try Self.line(from: STDIN_FILENO)
    }

    private static func say(_ text: String) {
        // Whether the prompt can be shown decides about nothing.
        _ = write(STDERR_FILENO, text, text.utf8.count)
    }

    private static func line(from descriptor: CInt) throws -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < Self.byteCountLimit {
            let count = Glibc.read(descriptor, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw StartupError.failed("The password cannot be read: \(SystemError.last).")
            }
            if count == 0 || byte == UInt8(ascii: "\n") { break }
            bytes.append(byte)
        }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw StartupError.failed("There is no password in UTF-8 to read.")
        }
        return text
    }
}
