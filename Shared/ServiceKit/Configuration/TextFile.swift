internal import Glibc

/// Reads a file of text that an administrator wrote.
enum TextFile {
    /// The largest file that is read, in bytes.
    static let byteCountLimit = 1_048_576

    /// The whole text of a file.
    ///
    /// - Throws: ``StartupError`` if it cannot be read, is too large, or is not UTF-8.
    static func contents(of path: String) throws(StartupError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            throw .configuration("\(path) cannot be read: \(SystemError.last).")
        }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw .configuration("\(path) cannot be read: \(SystemError.last).")
            }
            if count == 0 { break }
            contents += chunk[..<count]
            guard contents.count <= Self.byteCountLimit else {
                throw .configuration("\(path) is larger than \(Self.byteCountLimit) bytes.")
            }
        }
        guard let text = String(validating: contents, as: UTF8.self) else {
            throw .configuration("\(path) is not text in UTF-8.")
        }
        return text
    }
}
