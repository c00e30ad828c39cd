import Foundation
import Glibc
import ProcessTestSupport
import Sodium

/// A secret that only a file knows, and the files in which it left a trace.
///
/// The tests' own process is searched too, so no text of the tests ever holds it: programs make it
/// and look for it, and the tests read it into locked memory alone.
struct Canary: Sendable {
    /// Where it lies; outside of every installation.
    let directory: URL
    private var value: String { self.directory.appendingPathComponent("value").path }

    /// How many bytes it has.
    static let byteCount = 48

    /// Makes one from the system's generator.
    static func make() async throws -> Canary {
        let canary = try Self.empty()
        try await canary.run(
            """
            head --bytes=36 /dev/urandom | base64 --wrap=0 | tr '+/' 'xy' >"$1/value"
            """)
        try await canary.derive()
        return canary
    }

    /// Takes one over that somebody else has made.
    static func take(_ secret: borrowing SecretBytes) async throws -> Canary {
        let canary = try Self.empty()
        let file = open(canary.value, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        let written = secret.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
        guard written == secret.count else { throw TestFailure("errno \(errno)") }
        try await canary.derive()
        return canary
    }

    private static func empty() throws -> Canary {
        let name = "steward-canary-\(UUID().uuidString.prefix(8))"
        let directory = URL(fileURLWithPath: "/tmp/\(name)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        return Canary(directory: directory)
    }

    /// Reads it into locked memory.
    func read() throws -> SecretBytes {
        let file = open(self.value, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        return try SecretBytes(count: Self.byteCount) { buffer in
            guard Glibc.read(file, buffer.baseAddress, buffer.count) == buffer.count else {
                throw TestFailure("the canary is short: errno \(errno)")
            }
        }
    }

    /// The files below some paths that hold a half of it: as it is, in Base64 or in hexadecimal.
    func traces(in paths: [URL]) async throws -> [String] {
        let needles = self.directory.appendingPathComponent("needles").path
        return try await self.files(in: paths, matching: ["--file=\(needles)"])
    }

    /// The files below some paths that hold a text which is no secret.
    func files(in paths: [URL], holding text: String) async throws -> [String] {
        try await self.files(in: paths, matching: ["--regexp=\(text)"])
    }

    /// Removes it.
    func remove() throws { try FileManager.default.removeItem(at: self.directory) }

    private func files(in paths: [URL], matching words: [String]) async throws -> [String] {
        let outcome = try await Program.run(
            "/usr/bin/grep",
            [
                "--recursive", "--files-with-matches", "--fixed-strings", "--no-messages",
                "--devices=skip", "--exclude-dir=bin",
            ] + words + paths.map(\.path),
            environment: ["LC_ALL": "C"])
        // 2: some file is gone meanwhile, and holds nothing.
        guard (0...2).contains(outcome.status) else { throw TestFailure(outcome.output) }
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// Writes down what to look for: both halves in every form, Base64 at each of its offsets.
    private func derive() async throws {
        try await self.run(
            """
            /usr/bin/python3 - "$1" <<'PYTHON'
            import base64, pathlib, sys
            folder = pathlib.Path(sys.argv[1])
            value = (folder / "value").read_bytes()
            half = len(value) // 2
            needles = set()
            for part in value[:half], value[half:]:
                needles |= {part, part.hex().encode(), part.hex().upper().encode()}
                for shift in range(3):
                    for code in base64.b64encode, base64.urlsafe_b64encode:
                        text = code(bytes(shift) + part).rstrip(b"=")
                        needles.add(text[(shift * 8 + 5) // 6:(shift + len(part)) * 8 // 6])
            (folder / "needles").write_bytes(b"".join(needle + b"\\n" for needle in needles))
            PYTHON
            """)
    }

    private func run(_ script: String) async throws {
        let outcome = try await Program.run(
            "/bin/bash", ["-euo", "pipefail", "-c", script, "canary", self.directory.path])
        guard outcome.status == 0 else { throw TestFailure(outcome.output) }
    }
}
