import Glibc
import ServiceKit

/// A directory that is removed with everything in it when its owner goes away.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/steward-test-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw SystemError.last }
        self.path = String(cString: path)
    }

    deinit { Self.remove(self.path) }

    /// Writes a file; its mode is set whatever the process's mask.
    func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws {
        let file = "\(self.path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError.last }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
            fchmod(descriptor, mode) == 0
        else { throw SystemError.last }
    }

    /// The names of what is in it, sorted.
    var names: [String] {
        guard let directory = opendir(self.path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != "." && name != ".." else { continue }
            // A test leaves plain files and sockets only.
            _ = unlink("\(path)/\(name)")
        }
        _ = rmdir(path)
    }
}
