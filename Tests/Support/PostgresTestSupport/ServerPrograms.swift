internal import Foundation

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

    func initialize(_ directory: String, settings: [String]) throws {
        let arguments = [
            "\(self.binaries)/initdb", "-D", "\(directory)/data", "-U", "postgres", "-E", "UTF8",
            "--locale=C.UTF-8", "--auth=trust",
        ]
        let process = self.process(arguments)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try Self.launch(process)
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TemporaryCluster.Failure(
                "initdb failed: \(String(decoding: text, as: UTF8.self))"
            )
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
    func start(_ directory: String) throws -> ServerProcess {
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
        let process = self.process(["/bin/sh", "-c", script, self.binaries, directory])
        let lifeline = Pipe()
        process.standardInput = lifeline
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // Not inherited by anything that the tests start, or it would never end.
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try Self.launch(process)
        let server = ServerProcess(
            process: process,
            lifeline: lifeline.fileHandleForWriting,
            directory: directory
        )
        try server.waitUntilReady()
        return server
    }

    /// Starts a program with no signals blocked, as Swift's threads have them and a shell that
    /// waits for its children must not.
    private static func launch(_ process: Process) throws {
        var none = sigset_t()
        var previous = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        try process.run()
    }

    private func process(_ arguments: [String]) -> Process {
        let process = Process()
        if let account = self.account {
            process.executableURL = URL(filePath: "/usr/sbin/runuser")
            process.arguments = ["-u", account, "--"] + arguments
        } else {
            process.executableURL = URL(filePath: arguments[0])
            process.arguments = Array(arguments.dropFirst())
        }
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
        process.currentDirectoryURL = URL(filePath: "/tmp")
        return process
    }
}
