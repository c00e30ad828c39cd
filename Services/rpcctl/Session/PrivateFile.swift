import Glibc

/// A small file that only its owner may read, always replaced as a whole.
struct PrivateFile: Sendable {
    let path: String

    /// Far above what any of these files holds; whatever is larger is not ours.
    private static let byteCountLimit = 1 << 20

    /// The content, or `nil` if there is no such file.
    ///
    /// - Parameter requiringPrivacy: refuse a file that others may read or that is not ours.
    /// - Throws: a ``CommandFailure`` with status 78.
    func read(requiringPrivacy: Bool = false) throws -> [UInt8]? {
        let descriptor = open(self.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw self.failure("read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw self.failure("read") }
        if requiringPrivacy, status.st_mode & 0o077 != 0 || status.st_uid != geteuid() {
            throw CommandFailure.configuration(
                "\(self.path) holds secrets, but others may read it.",
                hints: ["chmod 600 \(self.path)   (and own it), or rpcctl sign-in again"])
        }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while content.count <= Self.byteCountLimit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            if count < 0 {
                if errno == EINTR { continue }
                throw self.failure("read")
            }
            content += chunk[..<count]
        }
        throw CommandFailure.configuration("\(self.path) is too large to be a file of rpcctl.")
    }

    /// Puts new content in place of the old: a reader sees either, never a part.
    ///
    /// The file is made with mode 0600 in a directory of mode 0700, before it holds anything.
    func replace(with content: [UInt8]) throws {
        let directory = self.path.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        try Self.makeDirectory(directory)
        let temporary = "\(self.path).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw self.failure("write") }
        guard Self.writeAll(content, to: descriptor), fsync(descriptor) == 0 else {
            let failure = self.failure("write")
            close(descriptor)
            unlink(temporary)
            throw failure
        }
        close(descriptor)
        guard rename(temporary, self.path) == 0 else {
            let failure = self.failure("write")
            unlink(temporary)
            throw failure
        }
    }

    /// Removes the file; says nothing if there is none.
    func remove() throws {
        guard unlink(self.path) == 0 || errno == ENOENT || errno == ENOTDIR else {
            throw self.failure("remove")
        }
    }

    /// Makes a directory and those above it, for the owner only.
    static func makeDirectory(_ path: String) throws {
        guard !path.isEmpty, mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        let parent = path.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        guard errno == ENOENT, parent != path else {
            throw CommandFailure.configuration("Can't make the directory \(path): \(Errno.text).")
        }
        try self.makeDirectory(parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw CommandFailure.configuration("Can't make the directory \(path): \(Errno.text).")
        }
    }

    private static func writeAll(_ content: [UInt8], to descriptor: Int32) -> Bool {
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                guard errno == EINTR else { return false }
            } else {
                rest = rest.dropFirst(count)
            }
        }
        return true
    }

    private func failure(_ verb: String) -> CommandFailure {
        .configuration("Can't \(verb) \(self.path): \(Errno.text).")
    }
}
