internal import Glibc

/// Where log lines go.
package struct LogOutput: Sendable {
    /// Whether systemd's journal reads the lines and understands severities in front of them.
    let goesToJournal: Bool
    /// Takes one line with its line feed.
    let write: @Sendable (String) -> Void

    /// Gives lines to a closure, for tests.
    package init(goesToJournal: Bool = false, write: @escaping @Sendable (String) -> Void) {
        self.goesToJournal = goesToJournal
        self.write = write
    }

    /// Standard error.
    package static let standardError = LogOutput(goesToJournal: Self.isJournal) { line in
        let bytes = Array(line.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            // Nobody is left to be told that a log line could not be written.
            guard count > 0 else { return }
            offset += count
        }
    }

    /// systemd names the journal's stream by device and inode (systemd.exec, `$JOURNAL_STREAM`).
    private static let isJournal = Self.isStandardErrorJournal()

    private static func isStandardErrorJournal() -> Bool {
        guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else {
            return false
        }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }
}
