package import Foundation
internal import ProcessTestSupport
package import RPC

/// The real services on a real Postgres, set up by the same steps as `deploy/up`.
///
/// Run by root, each service is a process of its own system user, and signs in to Postgres as the
/// kernel names it.  When the tests' process is gone, everything is stopped and removed.
package final class Installation: Sendable {
    /// Where everything of it lies.
    package let directory: URL
    private let clients: [String: RPCClient]

    private static let sharedOne = Once { try await Installation.start() }

    /// The one that tests share which break nothing.
    package static func shared() async throws -> Installation { try await Self.sharedOne.value() }

    /// Starts one.
    ///
    /// - Parameter settings: for each service, lines of its configuration file.
    package static func start(
        settings: [String: [String: String]] = [:]
    ) async throws -> Installation {
        let installation = Installation(settings: settings)
        try installation.write(settings)
        try await installation.script("start", "\(ProcessInfo.processInfo.processIdentifier)")
        return installation
    }

    private init(settings: [String: [String: String]]) {
        let name = UUID().uuidString.prefix(8).lowercased()
        let directory = URL(fileURLWithPath: "/tmp/steward-test-\(name)")
        self.directory = directory
        self.clients = Dictionary(
            uniqueKeysWithValues: ["identity", "audit", "vault", "conversations"].map {
                ($0, RPCClient([.unix(path: "\(directory.path)/run/\($0).sock")], name: "tests"))
            }
        )
    }

    /// Sign-ins are not throttled, because tests sign in hundreds of people from one source.
    private func write(_ settings: [String: [String: String]]) throws {
        let folder = self.directory.appendingPathComponent("etc")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for service in ["identity", "audit", "vault", "conversations"] {
            var lines = settings[service] ?? [:]
            if service == "identity", lines["STEWARD_IDENTITY_THROTTLE"] == nil {
                lines["STEWARD_IDENTITY_THROTTLE"] = "off"
            }
            try lines.map { "\($0)=\($1)\n" }.sorted().joined().write(
                to: folder.appendingPathComponent("\(service).local.conf"),
                atomically: true,
                encoding: .utf8
            )
        }
    }

    /// Stops and removes it.
    package func stop() async throws {
        for client in self.clients.values { await client.close() }
        try await self.script("stop")
    }

    // MARK: Calling

    /// The directory of the sockets.
    package var runtimeDirectory: URL { self.directory.appendingPathComponent("run") }

    /// A service's address.
    package func address(of service: String) -> RPCAddress {
        .unix(path: self.runtimeDirectory.appendingPathComponent("\(service).sock").path)
    }

    /// A client that all tests of this installation share.
    package func client(_ service: String) -> RPCClient {
        self.clients[service] ?? RPCClient([self.address(of: service)])
    }

    /// A connection of one's own, to be closed by the test.
    package func newClient(_ service: String) -> RPCClient {
        RPCClient([self.address(of: service)], name: "tests")
    }

    // MARK: Breaking

    /// The process of a service, or of `postgres`.
    package func process(of name: String) throws -> Int32 {
        let file = self.directory.appendingPathComponent("supervise/\(name).child")
        let text = try String(contentsOf: file, encoding: .utf8)
        guard let process = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw TestFailure("\(file.path) holds no process: \(text)")
        }
        return process
    }

    /// Sends SIGKILL to a service, or to `postgres`, which its supervisor starts again.
    package func kill9(_ name: String) throws { try self.signal(name, SIGKILL) }

    /// Sends a signal to a service, or to `postgres`.
    package func signal(_ name: String, _ signal: Int32) throws {
        guard kill(try self.process(of: name), signal) == 0 else {
            throw TestFailure("\(name) could not be sent signal \(signal): errno \(errno)")
        }
    }

    /// Waits until a service says that it is ready.
    package func waitUntilReady(
        _ service: String,
        within limit: Duration = .seconds(15)
    ) async throws {
        let client = self.client(service)
        try await eventually("\(service) is ready", within: limit) {
            do {
                return try await client.call(
                    CheckHealth(),
                    options: CallOptions(timeout: .seconds(1))
                ).isReady
            } catch is RPCError {
                return false
            }
        }
    }

    /// Stops a service (or `postgres`) in order.
    package func stopOne(_ name: String) async throws { try await self.script("stop-one", name) }

    /// Starts what was stopped, and waits until it is ready.
    package func startOne(_ name: String) async throws { try await self.script("start-one", name) }

    /// The words before a command that make it run as the service's user with an empty environment.
    package func userOf(_ service: String) async throws -> [String] {
        try await self.script("user-of", service).split(separator: "\n").map(String.init)
    }

    // MARK: Looking inside

    /// Runs SQL as the superuser; rows as lines, columns separated by `|`.
    @discardableResult
    package func sql(_ text: String, database: String = "steward_primary") async throws -> String {
        let outcome = try await Program.run(
            TestSettings.postgresBinaries.appendingPathComponent("psql").path,
            self.psqlArguments(role: "postgres", database: database) + ["--command", text]
        )
        guard outcome.status == 0 else { throw TestFailure(outcome.output) }
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    /// What psql prints for SQL that a service's own runtime role sends; errors are lines among it.
    package func sql(_ statements: [String], asService service: String) async throws -> String {
        let words = try await self.userOf(service)
        let psql = TestSettings.postgresBinaries.appendingPathComponent("psql").path
        let arguments =
            self.psqlArguments(role: "steward_\(service)", database: "steward_primary")
            .filter { $0 != "--set=ON_ERROR_STOP=1" } + statements.flatMap { ["--command", $0] }
        return try await Program.run(
            "/usr/bin/env",
            words + [psql] + arguments
        ).output
    }

    private func psqlArguments(role: String, database: String) -> [String] {
        [
            "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1",
            "--host=\(self.runtimeDirectory.path)/postgres", "--username=\(role)",
            "--dbname=\(database)",
        ]
    }

    /// The end of every log, for a test that failed.
    package func logs() -> String {
        let folder = self.directory.appendingPathComponent("log")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { name in
            let file = folder.appendingPathComponent(name)
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            let lines = text.split(separator: "\n").suffix(40).joined(separator: "\n")
            return "=== \(name)\n\(lines)\n"
        }.joined()
    }

    @discardableResult
    private func script(_ command: String...) async throws -> String {
        let outcome = try await Program.run(
            TestSettings.root.appendingPathComponent("deploy/lib/installation.sh").path,
            command,
            environment: [
                "STEWARD_STATE": self.directory.path,
                "STEWARD_BINARIES": TestSettings.binaries.path,
                "STEWARD_POSTGRES_BIN": TestSettings.postgresBinaries.path,
                // What tests kill comes back soon, however often.
                "STEWARD_LONGEST_RESTART_DELAY": "400",
            ]
        )
        guard outcome.status == 0 else {
            throw TestFailure("installation.sh \(command): \(outcome.output)\n\(self.logs())")
        }
        return outcome.output
    }
}
