import Foundation
import Glibc
import ProcessTestSupport
import StewardTestSupport

/// What processes have in memory, written to files.
enum ProcessMemory {
    /// Whether other processes can be written out.
    static let canTakeCores = geteuid() == 0 && access("/usr/bin/gdb", X_OK) == 0

    /// Writes what the tests' own process has in memory, but for the files it has mapped.
    static func write(to file: URL) throws {
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        let output = open(file.path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        defer {
            close(memory)
            close(output)
        }
        guard memory >= 0, output >= 0 else { throw TestFailure("errno \(errno)") }
        let count = 1 << 20
        guard let buffer = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        else { throw TestFailure("errno \(errno)") }
        // It was a window on everything, which must not be found the next time.
        defer { munmap(buffer, count) }
        for line in Self.mappings().split(separator: "\n") {
            // Addresses, rights, offset, device, inode, name.
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard ends.count == 2, words[1].hasPrefix("r"),
                words[4] == "0" || words[1].dropFirst().hasPrefix("w")
            else { continue }
            var position = ends[0]
            while position < ends[1] {
                let wanted = min(count, Int(ends[1] - position))
                let got = pread(memory, buffer, wanted, off_t(truncatingIfNeeded: position))
                guard got > 0 else { break }
                if Self.isZero(buffer, got) {
                    lseek(output, off_t(got), SEEK_CUR)
                } else if Glibc.write(output, buffer, got) != got {
                    throw TestFailure("errno \(errno)")
                }
                position += UInt64(got)
            }
        }
    }

    /// What is mapped where; read to the end, because the kernel gives a page of it at a time.
    private static func mappings() -> String {
        let file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += chunk[..<count]
        }
    }

    private static func isZero(_ buffer: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        buffer.load(as: UInt8.self) == 0 && memcmp(buffer, buffer + 1, count - 1) == 0
    }

    /// Writes a core of another process, with what it has asked to be left out of cores.
    ///
    /// - Parameter sharing: whether memory that it shares with other processes is in it.
    static func takeCore(of process: Int32, to file: URL, sharing: Bool = true) async throws {
        try (sharing ? "0x3f" : "0x31").write(
            toFile: "/proc/\(process)/coredump_filter", atomically: false, encoding: .utf8)
        let outcome = try await Program.run(
            "/usr/bin/gdb",
            [
                "-nx", "-batch", "--readnever", "-p", "\(process)",
                "-ex", "set dump-excluded-mappings on", "-ex", "gcore \(file.path)",
            ])
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw TestFailure("no core of \(process): \(outcome.output)")
        }
    }
}
