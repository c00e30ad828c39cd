internal import Glibc
internal import ServiceKit

/// Two ends of a pipe to or from a program; nothing waits on this side.
struct HookPipe: ~Copyable {
    /// Where it is read.
    let reader: CInt
    /// Where it is written; negative once it is closed here.
    private(set) var writer: CInt

    private static let chunkByteCount = 16 << 10

    /// Makes a pipe.
    ///
    /// - Throws: ``RotationFault/notStarted(_:)``.
    init() throws(RotationFault) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .notStarted("\(SystemError.last)") }
        self.reader = ends[0]
        self.writer = ends[1]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(self.reader)
        if self.writer >= 0 { close(self.writer) }
    }

    /// Writes what fits, and lets go of the writing end: who reads then finds the end.
    ///
    /// - Throws: ``RotationFault/notStarted(_:)`` if it does not fit.
    mutating func fill(_ bytes: [UInt8]) throws(RotationFault) {
        _ = fcntl(self.writer, F_SETFL, O_NONBLOCK)
        guard write(self.writer, bytes, bytes.count) == bytes.count else {
            throw .notStarted("there is too much to tell it")
        }
        self.closeWriter()
    }

    /// Lets go of the writing end, which the program has.
    mutating func closeWriter() {
        if self.writer >= 0 { close(self.writer) }
        self.writer = -1
    }

    /// Reads what is there now, and no more than a little above a limit.
    ///
    /// - Returns: whether more may come.
    borrowing func read(into output: inout [UInt8], limit: Int) -> Bool {
        _ = fcntl(self.reader, F_SETFL, O_NONBLOCK)
        var chunk = [UInt8](repeating: 0, count: Self.chunkByteCount)
        while output.count <= limit {
            let count = Glibc.read(self.reader, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 && errno == EAGAIN }
            output += chunk[..<count]
        }
        return true
    }
}
