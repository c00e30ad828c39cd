import ArgumentParser
import BenchmarkSupport
import Foundation

/// Measures reads and durable appends of a running Steward beside `pgbench` on the same server.
@main
struct DatabaseBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database-benchmark",
        abstract: "Reads and appends through every layer, beside pgbench on the same server.",
        discussion: """
            Needs a Steward that deploy/up has started, and its variables: . .steward/env
            It makes conversations and messages of the one who signs in, and a database
            steward_benchmark for pgbench.  It deletes both at its end.
            """
    )

    @Option(help: "Who signs in.") var identifier = "administrator@steward.internal"
    @Option(help: "A file whose first line is the password.") var passwordFile: String
    @Option(help: "How often each is measured; medians are shown.") var rounds = 5
    @Option(help: "Seconds of one measurement.") var seconds = 3
    @Option(help: "Calls in flight on the one connection.") var inFlight = 64
    @Option(help: "The user of the machine who may be Postgres's superuser, if not the caller.")
    var postgresUser: String?
    @Flag(help: "Leaves appends out.") var withoutAppends = false

    func run() async throws {
        let variables = ProcessInfo.processInfo.environment
        guard let sockets = variables["STEWARD_RUNTIME_DIRECTORY"],
            let programs = variables["STEWARD_POSTGRES_BIN"]
        else { throw ValidationError("Source the variables of a running Steward: . .steward/env") }
        let postgres = Postgres(
            programs: programs, sockets: "\(sockets)/postgres", user: self.postgresUser)
        let person = try await Person.signIn(
            sockets: sockets, identifier: self.identifier,
            password: try Self.firstLine(of: self.passwordFile))
        let conversations = try await person.makeConversations(1_000)
        let measured = await self.measured(postgres, person, conversations)
        try await person.delete(conversations)
        await person.close()
        try measured.get()
    }

    /// Compares; what goes wrong is handed back, since there is something to delete.
    private func measured(
        _ postgres: Postgres, _ person: Person, _ conversations: [UUID]
    ) async -> Result<Void, any Error> {
        do {
            try await self.compareReads(postgres, person, conversations)
            if !self.withoutAppends {
                try await self.compareAppends(
                    postgres, person, Array(conversations.prefix(self.inFlight)))
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    private func compareReads(
        _ postgres: Postgres, _ person: Person, _ conversations: [UUID]
    ) async throws {
        try postgres.makeDatabase()
        defer { postgres.dropDatabase() }
        let load = Load(inFlight: self.inFlight, duration: .seconds(self.seconds))
        var (steward, pgbench) = ([Double](), [Double]())
        for _ in 0..<self.rounds {
            pgbench.append(try postgres.selectRate(clients: 16, seconds: self.seconds))
            steward.append(try await person.read(conversations, load).perSecond)
        }
        print("read by primary key, \(self.inFlight) in flight, median of \(self.rounds)")
        print("  Steward                       \(Self.text(median(steward))) calls/s")
        print("  pgbench -S -M prepared -c 16  \(Self.text(median(pgbench))) transactions/s")
        print("  ratio                         \(Self.text(median(steward) / median(pgbench)))")
    }

    private func compareAppends(
        _ postgres: Postgres, _ person: Person, _ conversations: [UUID]
    ) async throws {
        let load = Load(inFlight: self.inFlight, duration: .seconds(self.seconds))
        let counts = [1, 4, 8, 16, 32, 64]
        var steward: [Double] = []
        var pgbench: [Int: [Double]] = [:]
        for _ in 0..<self.rounds {
            for count in counts {
                pgbench[count, default: []].append(
                    try postgres.appendRate(
                        person.id, conversations, clients: count, seconds: self.seconds))
            }
            steward.append(try await person.append(to: conversations, load).perSecond)
        }
        let medians = counts.map { ($0, median(pgbench[$0] ?? [0])) }
        guard let best = medians.max(by: { $0.1 < $1.1 }) else { return }
        print("durable append, \(self.inFlight) in flight, median of \(self.rounds)")
        print("  Steward                       \(Self.text(median(steward))) calls/s")
        for (count, rate) in medians {
            let name = "the same SQL by pgbench -c \(count)"
            print("  \(name.padding(toLength: 30, withPad: " ", startingAt: 0))\(Self.text(rate))")
        }
        print("  ratio to -c \(best.0)  \(Self.text(median(steward) / best.1))")
    }

    private static func firstLine(of path: String) throws -> String {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return String(text.prefix { $0 != "\n" })
    }

    private static func text(_ value: Double) -> String {
        String(format: value < 1_000 ? "%9.2f" : "%9.0f", value)
    }
}
