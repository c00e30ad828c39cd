import Foundation
import Glibc

/// The server that Steward runs on, and `pgbench` beside it.
struct Postgres {
    /// The directory of `psql` and `pgbench`.
    let programs: String
    /// The directory of the server's socket.
    let sockets: String
    /// Who runs them; the caller if absent.
    let user: String?

    private static let database = "steward_benchmark"

    /// Fills a database with pgbench's tables, a million accounts.
    func makeDatabase() throws {
        self.dropDatabase()
        _ = try self.run("psql", ["--command", "CREATE DATABASE \(Self.database)", "postgres"])
        _ = try self.run(
            "pgbench", ["--initialize", "--quiet", "--scale", "10", Self.database])
    }

    func dropDatabase() {
        // Left over by a run that was ended, or not there.
        _ = try? self.run(
            "psql",
            ["--command", "DROP DATABASE IF EXISTS \(Self.database) WITH (FORCE)", "postgres"])
    }

    /// Transactions a second of `pgbench -S -M prepared`.
    func selectRate(clients: Int, seconds: Int) throws -> Double {
        try self.rate(
            ["--select-only"] + Self.arguments(clients: clients, seconds: seconds)
                + [Self.database])
    }

    /// Appends a second by the statements that the service sends, each round trip as it sends it.
    func appendRate(
        _ person: UUID, _ conversations: [UUID], clients: Int, seconds: Int
    ) throws -> Double {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("append-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        defer {
            // What is left of a temporary directory harms nobody.
            try? FileManager.default.removeItem(at: directory)
        }
        var files: [String] = []
        for (number, conversation) in conversations.enumerated() {
            let file = directory.appendingPathComponent("\(number).sql")
            try Self.appendScript(person, conversation).write(
                to: file, atomically: true, encoding: .utf8)
            files += ["--file", "\(file.path)@1"]
        }
        return try self.rate(
            files + Self.arguments(clients: clients, seconds: seconds) + ["steward_primary"],
            role: "steward_conversations")
    }

    /// Identity and statement in one transaction and one round trip.
    private static func appendScript(_ person: UUID, _ conversation: UUID) -> String {
        // A colon before a letter would name one of pgbench's variables.
        let draft = """
            {"content_hash": "\\\\x\(String(repeating: "ab", count: 32))", "is_error": false, \
            "metadata": {}, "role": "user", "sender_type": "user", "text": "\(Person.text)", \
            "type": "text"}
            """
        return """
            \\startpipeline
            SELECT set_config('steward.user_id', '\(person.uuidString.lowercased())', true);
            SELECT r.outcome, r.version AS conversation_version, m.* FROM \
            conversations.append_message('\(conversation.uuidString.lowercased())', NULL, \
            '\(draft)', NULL, NULL) AS r CROSS JOIN LATERAL (SELECT (r.message).*) AS m;
            \\endpipeline

            """
    }

    private static func arguments(clients: Int, seconds: Int) -> [String] {
        [
            "--no-vacuum", "--protocol", "prepared", "--client", "\(clients)", "--jobs",
            "\(min(2, clients))", "--time", "\(seconds)",
        ]
    }

    private func rate(_ arguments: [String], role: String? = nil) throws -> Double {
        let output = try self.run("pgbench", arguments, role: role)
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let rate = Double(line.dropFirst("tps = ".count).prefix { $0 != " " })
        else { throw BenchmarkFailure("pgbench printed no rate: \(output)") }
        return rate
    }

    /// Runs `body` on a thread that no signal is kept from, as the thread of a task is: a child
    /// inherits that, and pgbench ends by an alarm.
    private static func withAllSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private func run(_ program: String, _ arguments: [String], role: String? = nil) throws
        -> String
    {
        let process = Process()
        let output = Pipe()
        let command = ["\(self.programs)/\(program)"] + arguments
        let prefix = self.user.map { ["runuser", "-u", $0, "--"] } ?? []
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = prefix + command
        process.environment = ProcessInfo.processInfo.environment.merging([
            "PGHOST": self.sockets, "PGUSER": "postgres",
            "PGOPTIONS": role.map { "-c role=\($0)" } ?? "",
        ]) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardOutput = output
        process.standardError = output
        try Self.withAllSignals { try process.run() }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw BenchmarkFailure("\(program) failed: \(text)")
        }
        return text
    }
}

/// Why nothing could be measured.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
