internal import Foundation
internal import Glibc
internal import Locks

/// A pipe to or from a program.
package struct ProgramPipe: Sendable {
    /// Held while a pipe is made and while a program starts, which would inherit a half-made one.
    static let makingOrInheriting = Mutex(())

    /// Where it is read.
    package let reader: Int32
    /// Where it is written.
    package let writer: Int32

    /// Makes one whose ends no program inherits.
    ///
    /// - Throws: `POSIXError` when no more files may be open.
    package init() throws {
        var ends: [Int32] = [0, 0]
        try Self.makingOrInheriting.withLock { _ in
            guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        (self.reader, self.writer) = (ends[0], ends[1])
    }

    /// Writes a text on a thread of its own and closes that end; a reader that is gone ends it.
    package func writeAll(_ text: String) {
        let writer = self.writer
        Thread.detachNewThread {
            Self.write(text, to: writer)
            close(writer)
        }
    }

    /// Reads to the end on a thread of its own, and closes that end.
    package func readAll() async -> String {
        let reader = self.reader
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 65_536)
                while true {
                    let count = read(reader, &chunk, chunk.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    bytes += chunk[..<count]
                }
                close(reader)
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    /// Writes a text to a file, waiting for room; a reader that is gone ends it.
    package static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            offset += count
        }
    }
}
