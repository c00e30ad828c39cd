import Foundation
import Glibc

/// The server that Steward runs on, and `pgbench` beside it.
public struct Postgres: Sendable {
    /// The directory of `psql` and `pgbench`.
    private let programs: String
    /// The directory of the server's socket.
    private let sockets: String
    /// Who runs them; the caller if absent.
    private let user: String?

    /// Names a server.
    public init(programs: String, sockets: String, user: String?) {
        self.programs = programs
        self.sockets = sockets
        self.user = user
    }

    private static let database = "steward_benchmark"

    /// Fills a database with pgbench's tables, a million accounts.
    public func makeDatabase() throws {
        self.dropDatabase()
        _ = try self.run("psql", ["--command", "CREATE DATABASE \(Self.database)", "postgres"])
        _ = try self.run(
            "pgbench", ["--initialize", "--quiet", "--scale", "10", Self.database])
    }

    /// Removes it.
    public func dropDatabase() {
        // Left over by a run that was ended, or not there.
        _ = try? self.run(
            "psql",
            ["--command", "DROP DATABASE IF EXISTS \(Self.database) WITH (FORCE)", "postgres"])
    }

    /// Transactions a second of `pgbench -S -M prepared`.
    public func selectRate(clients: Int, seconds: Int) throws -> Double {
        try self.rate(
            ["--select-only"] + Self.arguments(clients: clients, seconds: seconds)
                + [Self.database])
    }

    /// Rows a second that are inserted one by one, each committed, as large as an event.
    public func insertRate(clients: Int, seconds: Int) throws -> Double {
        try self.makeDatabase()
        defer { self.dropDatabase() }
        try self.execute(
            "CREATE TABLE event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
                + "event bytea NOT NULL)")
        let bytes = String(repeating: "ab", count: 700)
        return try self.rate(
            ofScripts: ["INSERT INTO event (event) VALUES ('\\x\(bytes)');\n"],
            clients: clients, seconds: seconds)
    }

    /// Transactions a second of scripts of one's own, one as likely as the other.
    ///
    /// - Parameter role: whom each session becomes; the superuser if absent.
    public func rate(
        ofScripts scripts: [String], clients: Int, seconds: Int, database: String? = nil,
        role: String? = nil
    ) throws -> Double {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("pgbench-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        defer {
            // What is left of a temporary directory harms nobody.
            try? FileManager.default.removeItem(at: directory)
        }
        var files: [String] = []
        for (number, script) in scripts.enumerated() {
            let file = directory.appendingPathComponent("\(number).sql")
            try script.write(to: file, atomically: true, encoding: .utf8)
            files += ["--file", "\(file.path)@1"]
        }
        return try self.rate(
            files + Self.arguments(clients: clients, seconds: seconds)
                + [database ?? Self.database],
            role: role)
    }

    /// Runs SQL as the superuser.
    public func execute(_ sql: String, database: String? = nil) throws {
        _ = try self.run("psql", ["--command", sql, database ?? Self.database])
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
public struct BenchmarkFailure: Error, CustomStringConvertible {
    public let description: String

    /// Says why.
    public init(_ description: String) { self.description = description }
}
