internal import Glibc

/// An error number of the system with its text.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The number, as in `errno.h`.
    package let number: Int32

    /// Names an error.
    package init(number: Int32) { self.number = number }

    /// What the last system call of this thread that failed left behind.
    package static var last: SystemError { SystemError(number: errno) }

    /// The system's words.
    package var description: String {
        var buffer = [CChar](repeating: 0, count: 256)
        // Fails only for unknown numbers or a short buffer; the text then says just the number.
        guard strerror_r(self.number, &buffer, buffer.count) == 0 else {
            return "error \(self.number)"
        }
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return text.isEmpty ? "error \(self.number)" : String(decoding: text, as: UTF8.self)
    }
}
