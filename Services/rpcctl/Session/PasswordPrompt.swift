import Glibc
import Locks

/// Asks for a secret at the terminal, or takes it from standard input.
///
/// A password never comes from the command line, where every process could read it.
enum PasswordPrompt {
    private static let byteCountLimit = 4096

    static func read(_ prompt: String) throws -> String {
        guard isatty(0) == 1 else {
            return try Interruption.whileBlocked { try self.readLine(from: 0) }
        }
        // The terminal itself, so that the prompt does not mix with a redirected result.
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        let descriptor = terminal >= 0 ? terminal : 0
        defer { if terminal >= 0 { close(terminal) } }
        // First, because it discards what was typed until then: whoever sees the prompt may type.
        TerminalEcho.disable(descriptor)
        defer {
            TerminalEcho.restore()
            // The newline that was typed was not shown; nothing else depends on it.
            try? OutputStream.standardError.write("\n")
        }
        try OutputStream.standardError.write(prompt)
        return try Interruption.whileBlocked { try self.readLine(from: descriptor) }
    }

    private static func readLine(from descriptor: Int32) throws -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count <= self.byteCountLimit {
            let count = Glibc.read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            if count <= 0 || byte == UInt8(ascii: "\n") { break }
            line.append(byte)
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty else {
            throw CommandFailure.usage(
                "No password was given.",
                hints: ["type it at the prompt, or: rpcctl sign-in --identifier X < password-file"])
        }
        guard line.count <= self.byteCountLimit,
            let password = String(validating: line, as: UTF8.self)
        else { throw CommandFailure.usage("The password is not UTF-8 text of one line.") }
        return password
    }
}

/// Switches a terminal's echo off, and on again whatever ends the process.
enum TerminalEcho {
    private struct Saved {
        var descriptor: Int32
        var attributes: termios
    }

    private static let saved = Mutex<Saved?>(nil)

    static func disable(_ descriptor: Int32) {
        var attributes = termios()
        guard tcgetattr(descriptor, &attributes) == 0 else { return }
        self.saved.withLock { $0 = Saved(descriptor: descriptor, attributes: attributes) }
        attributes.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(descriptor, TCSAFLUSH, &attributes)
    }

    /// Puts the terminal back as it was; harmless if nothing was changed.
    static func restore() {
        self.saved.withLock { saved in
            guard var previous = saved else { return }
            tcsetattr(previous.descriptor, TCSAFLUSH, &previous.attributes)
            saved = nil
        }
    }
}
