internal import Glibc
package import Sodium

/// The directory from which a service takes its secrets, such as systemd's
/// `$CREDENTIALS_DIRECTORY`.
package struct CredentialsDirectory: Sendable {
    /// Where it is; `nil` where the service was given none.
    package let path: String?

    /// The largest credential that is read, in bytes.
    package static let byteCountLimit = 65_536

    /// Names a directory.
    package init(path: String?) { self.path = path }

    /// Reads a credential into locked memory; `nil` if there is none of that name.
    ///
    /// - Throws: ``StartupError`` if it is too large, not a plain file, or open to others.
    package func secret(named name: String) throws -> SecretBytes? {
        guard var bytes = try self.bytes(named: name) else { return nil }
        return try SecretBytes(taking: &bytes)
    }

    /// Reads a credential that holds text, without white space at its ends.
    func text(named name: String) throws(StartupError) -> String? {
        guard let bytes = try self.bytes(named: name) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .configuration("The credential \(name) is not text in UTF-8.")
        }
        return text.trimmed
    }

    private func bytes(named name: String) throws(StartupError) -> [UInt8]? {
        guard let path = self.path else { return nil }
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .configuration("The credential \(file) cannot be read: \(SystemError.last).")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .configuration("The credential \(file) is not a file.")
        }
        guard status.st_mode & 0o027 == 0 else {
            throw .configuration(
                "The credential \(file) is open to others; its mode should be 0400.")
        }
        guard status.st_size <= Self.byteCountLimit else {
            throw .configuration(
                "The credential \(file) is larger than \(Self.byteCountLimit) bytes.")
        }
        return try Self.contents(descriptor, byteCount: Int(status.st_size), file: file)
    }

    private static func contents(
        _ descriptor: CInt, byteCount: Int, file: String
    ) throws(StartupError) -> [UInt8] {
        var contents: [UInt8] = []
        // Growing would leave copies behind that nobody wipes.
        contents.reserveCapacity(byteCount)
        var chunk = [UInt8](repeating: 0, count: 4_096)
        defer { Sodium.wipe(&chunk) }
        while contents.count <= Self.byteCountLimit {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw .configuration("The credential \(file) cannot be read: \(SystemError.last).")
            }
            if count == 0 { break }
            contents += chunk[..<count]
        }
        return contents
    }
}
