import Glibc

/// A file that appears when it is complete, or not at all, and replaces another only if asked to.
final class NewFile {
    /// Everybody may read it.
    static let open: mode_t = 0o644
    /// Only its owner may read it.
    static let secret: mode_t = 0o600

    private let path: String
    private let temporary: String
    private let replaces: Bool
    private var descriptor: Int32

    /// Begins a file.
    ///
    /// - Throws: a ``CommandFailure`` if there is one already that must not be replaced, or if it
    ///   can't be made.
    init(at path: String, mode: mode_t, replacing: Bool) throws {
        self.path = path
        self.replaces = replacing
        self.temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        var status = stat()
        if !replacing, lstat(path, &status) == 0 { throw Self.isThere(path) }
        self.descriptor = Glibc.open(
            self.temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard self.descriptor >= 0, fchmod(self.descriptor, mode) == 0 else {
            throw Self.failure(path)
        }
    }

    deinit {
        guard self.descriptor >= 0 else { return }
        close(self.descriptor)
        unlink(self.temporary)
    }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.write(self.descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw Self.failure(self.path)
            }
        }
    }

    /// Puts the file in its place.
    func finish() throws {
        guard fsync(self.descriptor) == 0 else { throw Self.failure(self.path) }
        if self.replaces {
            guard rename(self.temporary, self.path) == 0 else { throw Self.failure(self.path) }
        } else {
            // Unlike rename, link never takes the place of another file.
            guard link(self.temporary, self.path) == 0 else {
                throw errno == EEXIST ? Self.isThere(self.path) : Self.failure(self.path)
            }
            unlink(self.temporary)
        }
        close(self.descriptor)
        self.descriptor = -1
    }

    /// Makes a whole file.
    static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t, replacing: Bool
    ) throws {
        let file = try NewFile(at: path, mode: mode, replacing: replacing)
        try file.write(bytes)
        try file.finish()
    }

    private static func isThere(_ path: String) -> CommandFailure {
        .usage("There is a file “\(path)” already.", hints: ["--force replaces it"])
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(
            .unspecified, reason: "rpcctl.output_failed", "Can't write “\(path)”: \(Errno.text).")
    }
}
