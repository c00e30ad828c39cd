internal import Foundation
internal import ProcessTestSupport

/// Where the server's programs are and as whom they run.
struct ServerPrograms: Sendable {
    private let binaries: String
    /// `nil` unless the tests run as root.
    private let account: String?

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        var candidates: [String] = []
        if let directory = environment["STEWARD_POSTGRES_BIN"] {
            candidates = [directory]
        } else {
            let root = "/usr/lib/postgresql"
            let versions = try? FileManager.default.contentsOfDirectory(atPath: root)
            candidates = (versions ?? []).sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
                .map { "\(root)/\($0)/bin" }
        }
        guard
            let binaries = candidates.first(where: {
                FileManager.default.isExecutableFile(atPath: "\($0)/initdb")
                    && FileManager.default.isExecutableFile(atPath: "\($0)/postgres")
            })
        else {
            throw TemporaryCluster.Failure(
                "set STEWARD_POSTGRES_BIN to a directory with initdb and postgres"
            )
        }
        self.binaries = binaries
        self.account = geteuid() == 0 ? ["postgres", "nobody"].first { getpwnam($0) != nil } : nil
    }

    /// An empty directory that the server's account owns.
    func makeDirectory() throws -> String {
        // Short, because a socket's path has at most 107 bytes.
        var template = Array("/tmp/steward-pg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TemporaryCluster.Failure("cannot make a temporary directory")
        }
        let directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
        chmod(directory, 0o755)
        if let account = self.account, let entry = getpwnam(account) {
            chown(directory, entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
        return directory
    }

    func initialize(_ directory: String, settings: [String]) async throws {
        let arguments = [
            "\(self.binaries)/initdb", "-D", "\(directory)/data", "-U", "postgres", "-E", "UTF8",
            "--locale=C.UTF-8", "--auth=trust",
        ]
        let command = self.command(arguments)
        let outcome = try await Program.run(
            command[0],
            Array(command.dropFirst()),
            environment: Self.environment
        )
        guard outcome.status == 0 else {
            throw TemporaryCluster.Failure("initdb failed: \(outcome.output)")
        }
        let always = [
            "listen_addresses = ''", "unix_socket_directories = '\(directory)'",
            "max_connections = 300", "shared_buffers = 32MB", "log_min_messages = warning",
            "max_worker_processes = 2",
        ]
        let file = try FileHandle(
            forUpdating: URL(filePath: "\(directory)/data/postgresql.conf")
        )
        try file.seekToEnd()
        try file.write(contentsOf: Data((always + settings).joined(separator: "\n").utf8))
        try file.close()
    }

    /// Starts the server and waits until it accepts connections.
    func start(_ directory: String) async throws -> ServerProcess {
        // The shell waits for the server, and ends it when its input ends: with the test process.
        let script = """
            exec 3<&0
            "$0/postgres" -D "$1/data" </dev/null >>"$1/log" 2>&1 &
            server=$!
            exec </dev/null
            (
                while read -r _ <&3; do :; done
                touch "$1/ended"
                kill -INT $server
            ) &
            watch=$!
            wait $server
            status=$?
            if [ -e "$1/ended" ]; then
                rm -rf "$1"
            else
                kill $watch
            fi
            exit $status
            """
        let command = self.command(["/bin/sh", "-c", script, self.binaries, directory])
        let lifeline = try ProgramPipe()
        defer { close(lifeline.reader) }
        let process = try ChildProcess.start(
            command[0],
            Array(command.dropFirst()),
            environment: Self.environment,
            input: .descriptor(lifeline.reader)
        )
        let server = ServerProcess(
            process: process,
            lifeline: lifeline.writer,
            directory: directory
        )
        try await server.waitUntilReady()
        return server
    }

    private static let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]

    /// A command's words, so that the server's account runs it.
    private func command(_ words: [String]) -> [String] {
        let account = self.account.map { ["/usr/sbin/runuser", "-u", $0, "--"] } ?? []
        // The server's account may not be allowed where the tests run.
        return ["/usr/bin/env", "-C", "/tmp"] + account + words
    }
}
