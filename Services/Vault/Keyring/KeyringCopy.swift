internal import Glibc
internal import ServiceKit

/// The file of a keyring in one directory.
struct KeyringCopy: Sendable {
    /// The directory.
    let directory: String
    /// The file; negative while none is open.
    private var descriptor: CInt = -1
    /// How long the file is as far as it counts.
    private var byteCount = 0
    /// A new file that has not taken its place yet.
    private var prepared: (descriptor: CInt, byteCount: Int)?

    /// The file's name.
    static let name = "keyring"
    private static let zeroByteCount = 1 << 16

    /// Names a directory.
    init(directory: String) { self.directory = directory }

    /// Where the file is.
    var path: String { "\(self.directory)/\(Self.name)" }
    private var temporaryPath: String { "\(self.path).new" }

    /// Reads the file and keeps it open.
    ///
    /// - Throws: ``KeyringFileError``.
    mutating func open() throws(KeyringFileError) -> [UInt8] {
        let descriptor = Glibc.open(self.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw .missing(self.path) }
            throw .unreadable("\(self.path): \(SystemError.last)")
        }
        do throws(KeyringFileError) {
            let bytes = try Self.read(descriptor, self.path)
            self.descriptor = descriptor
            return bytes
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Reads a file that is some keyring's.
    ///
    /// - Throws: ``KeyringFileError``.
    static func read(_ path: String) throws(KeyringFileError) -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw .missing(path) }
            throw .unreadable("\(path): \(SystemError.last)")
        }
        defer { Glibc.close(descriptor) }
        return try Self.read(descriptor, path)
    }

    /// Takes the file as it is: this many bytes of it count.
    mutating func accept(byteCount: Int) { self.byteCount = byteCount }

    /// What has become of the file since it was last written here.
    enum Standing {
        /// It is the same.
        case same
        /// There is none in its place.
        case missing
        /// Somebody has written it or put another in its place.
        case foreign
    }

    /// What has become of the file since it was last written here.
    var standing: Standing {
        var (here, there) = (stat(), stat())
        guard stat(self.path, &there) == 0 else { return .missing }
        guard self.descriptor >= 0, fstat(self.descriptor, &here) == 0,
            here.st_ino == there.st_ino, here.st_dev == there.st_dev,
            Int(there.st_size) == self.byteCount
        else { return .foreign }
        return .same
    }

    /// Adds bytes to the file, on disk before this returns.
    ///
    /// - Throws: `SystemError`; what is in the file behind what counts is not known then.
    mutating func append(_ bytes: [UInt8]) throws(SystemError) {
        try Self.write(bytes, to: self.descriptor, at: self.byteCount)
        guard fsync(self.descriptor) == 0 else { throw .last }
        self.byteCount += bytes.count
    }

    /// Writes a file that is to take the place of this one, on disk before this returns.
    mutating func prepare(_ bytes: [UInt8]) throws(SystemError) {
        self.discardPrepared()
        let descriptor = Glibc.open(
            self.temporaryPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .last }
        self.prepared = (descriptor, bytes.count)
        try Self.write(bytes, to: descriptor, at: 0)
        guard fsync(descriptor) == 0 else { throw .last }
    }

    /// Puts the prepared file in the place of the one before, on disk before this returns.
    ///
    /// - Returns: the file before, which has no name any more, for ``dispose(of:erasing:)``.
    mutating func replace() throws(SystemError) -> CInt {
        guard let prepared else { throw SystemError(number: ENOENT) }
        guard rename(self.temporaryPath, self.path) == 0 else { throw .last }
        let old = self.descriptor
        self.descriptor = prepared.descriptor
        self.byteCount = prepared.byteCount
        self.prepared = nil
        let directory = Glibc.open(self.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .last }
        defer { Glibc.close(directory) }
        guard fsync(directory) == 0 else { throw .last }
        return old
    }

    /// Removes what was prepared and is not needed.
    mutating func discardPrepared() {
        guard let prepared else { return }
        Glibc.close(prepared.descriptor)
        // A file left over is written over by the next one.
        _ = unlink(self.temporaryPath)
        self.prepared = nil
    }

    /// Closes a file that was replaced; before that, writes zeros over it where keys are to be
    /// gone.
    ///
    /// As much as a program can do: a file system or a disk may have kept the blocks elsewhere.
    static func dispose(of descriptor: CInt, erasing: Bool) {
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        var status = stat()
        // A file that has another name is somebody's copy, which is theirs to destroy.
        guard erasing, fstat(descriptor, &status) == 0, status.st_nlink == 0 else { return }
        let zeros = [UInt8](repeating: 0, count: Self.zeroByteCount)
        var offset = 0
        while offset < Int(status.st_size) {
            let count = min(zeros.count, Int(status.st_size) - offset)
            guard pwrite(descriptor, zeros, count, off_t(offset)) > 0 else { return }
            offset += count
        }
        // What does not reach the disk is as if it had not been tried.
        _ = fsync(descriptor)
    }

    /// Closes the file.
    mutating func close() {
        self.discardPrepared()
        if self.descriptor >= 0 { Glibc.close(self.descriptor) }
        self.descriptor = -1
    }

    private static func write(
        _ bytes: [UInt8], to descriptor: CInt, at offset: Int
    ) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(
                    descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written,
                    off_t(offset + written))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw count == 0 ? SystemError(number: ENOSPC) : .last }
            written += count
        }
    }

    private static func read(
        _ descriptor: CInt, _ path: String
    ) throws(KeyringFileError) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable("\(path) is not a file")
        }
        var content = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < content.count {
            let read = content.withUnsafeMutableBytes {
                pread(
                    descriptor, $0.baseAddress.map { $0 + count }, $0.count - count,
                    off_t(count))
            }
            if read < 0 && errno == EINTR { continue }
            guard read >= 0 else { throw .unreadable("\(path): \(SystemError.last)") }
            // Shorter than it was a moment ago.
            if read == 0 { break }
            count += read
        }
        content.removeLast(content.count - count)
        return content
    }
}
