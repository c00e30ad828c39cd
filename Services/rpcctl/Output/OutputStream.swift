import Dispatch
import Glibc

/// Standard output or standard error, written at once and unbuffered.
struct OutputStream: Hashable, Sendable {
    let descriptor: Int32
    let isTerminal: Bool
    let style: TextStyle

    static let standardOutput = Self(descriptor: 1)
    static let standardError = Self(descriptor: 2)

    /// The reader of a pipe went away: nobody wants the rest, which is no failure.
    struct ReaderLeft: Error {}

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        self.isTerminal = isatty(descriptor) == 1
        self.style = TextStyle(
            isColored: self.isTerminal && Self.variable("NO_COLOR").isEmpty
                && Self.variable("TERM") != "dumb")
    }

    /// The terminal's width, or a width that suits a file.
    var columnCount: Int {
        var size = winsize()
        guard self.isTerminal, ioctl(self.descriptor, UInt(TIOCGWINSZ), &size) == 0,
            size.ws_col >= 20
        else { return 100 }
        return Int(size.ws_col)
    }

    /// Writes everything, however many system calls it takes.
    ///
    /// - Throws: ``ReaderLeft`` when nobody reads any more; a ``CommandFailure`` if the disk is
    ///   full.
    func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let rest = UnsafeBufferPointer(rebasing: bytes[offset...])
                let count = Glibc.write(self.descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    offset += count
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if errno == EPIPE {
                    throw ReaderLeft()
                } else if errno != EINTR {
                    throw CommandFailure(
                        .unspecified, reason: "rpcctl.output_failed",
                        "Can't write the result: \(Errno.text).")
                }
            }
        }
    }

    /// Returns once the reader of a pipe has gone; at once if this is no pipe.
    ///
    /// A stream that sends nothing would otherwise never notice that `head` has seen enough.
    func waitUntilReaderLeaves() -> Bool {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
            return false
        }
        while true {
            var ready = pollfd(fd: self.descriptor, events: 0, revents: 0)
            if poll(&ready, 1, -1) == 1, Int32(ready.revents) & POLLERR != 0 { return true }
            if errno != EINTR { return false }
        }
    }

    /// Ends the process when `head` has seen enough, even if nothing more is written.
    func endProcessWhenReaderLeaves() {
        DispatchQueue(label: "reader").async {
            if self.waitUntilReaderLeaves() { _exit(ExitStatus.success.number) }
        }
    }

    private static func variable(_ name: String) -> String {
        getenv(name).map { String(cString: $0) } ?? ""
    }
}
