import Glibc
import Wire

/// Reads what `@file` names.
struct FileSource: Sendable {
    /// Larger files belong into a stream.
    static let byteCountLimit = 64 << 20

    /// Reads a whole file; `-` is standard input.
    var read: @Sendable (_ path: String) throws -> [UInt8]

    /// The files of this machine.
    static let disk = Self { path in
        // A pipe or a terminal may keep it waiting.
        try Interruption.whileBlocked { try Self.content(path) }
    }

    private static func content(_ path: String) throws -> [UInt8] {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, Errno.text) }
        defer { if descriptor != 0 { close(descriptor) } }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path, Errno.text)
            }
            content += chunk[..<count]
            guard content.count <= Self.byteCountLimit else {
                throw Self.failure(path, "larger than \(Self.byteCountLimit >> 20) MiB")
            }
        }
    }

    func readText(_ path: String) throws -> String {
        guard let text = String(validating: try self.read(path), as: UTF8.self) else {
            throw Self.failure(path, "not UTF-8 text")
        }
        return text
    }

    func readJSON(_ path: String) throws -> CBORValue {
        try CBORValue.parsing(try self.readText(path), from: path == "-" ? "standard input" : path)
    }

    private static func failure(_ path: String, _ problem: String) -> CommandFailure {
        .invalidRequest("Can't read \(path == "-" ? "standard input" : "“\(path)”"): \(problem).")
    }
}

/// The last system call's failure.
enum Errno {
    static var text: String { self.text(errno) }

    static func text(_ number: Int32) -> String { String(cString: strerror(number)).lowercased() }
}
