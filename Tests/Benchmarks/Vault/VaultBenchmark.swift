import ArgumentParser
import BenchmarkSupport
import Foundation

/// Measures reads of secrets from a running Steward beside `pgbench` on the same server.
@main
struct VaultBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault-benchmark",
        abstract: "Reads of secrets through the whole path, each opened by the reader.",
        discussion: """
            Needs a Steward that deploy/up has started, and its variables: . .steward/env
            Each read checks the right, commits the use with its audit event, seals the data key \
            to the reader's key, and is opened and compared here.  The secrets are deleted at the \
            end; the events of the reads stay in the log.
            """
    )

    @OptionGroup var installation: InstallationOptions
    @Option(help: "Who signs in; needs vault:read and vault:write.")
    var identifier = "administrator@steward.internal"
    @Option(help: "A file whose first line is the password.") var passwordFile: String
    @Option(help: "How many secrets are read by turns.") var secrets = 256
    @Option(help: "Reads in flight on the one connection.") var inFlight = 32

    func run() async throws {
        let password = try String(contentsOfFile: self.passwordFile, encoding: .utf8)
            .prefix { $0 != "\n" }
        let reader = try await Reader.signIn(
            sockets: try self.installation.sockets, identifier: self.identifier,
            password: String(password))
        let secrets = try await reader.makeSecrets(self.secrets)
        let measured = await self.measured(reader, secrets)
        try await reader.delete(secrets)
        await reader.close()
        try measured.get()
    }

    /// Compares; what goes wrong is handed back, since there is something to delete.
    private func measured(
        _ reader: Reader, _ secrets: [Reader.Known]
    ) async -> Result<Void, any Error> {
        do {
            try await self.compare(reader, secrets)
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    private func compare(_ reader: Reader, _ secrets: [Reader.Known]) async throws {
        let postgres = try self.installation.postgres
        let seconds = self.installation.seconds
        var (reads, times) = ([Double](), [Double]())
        var inserts: [Int: [Double]] = [:]
        for _ in 0..<self.installation.rounds {
            for clients in [1, 16] {
                inserts[clients, default: []].append(
                    try postgres.insertRate(clients: clients, seconds: seconds))
            }
            let (rate, waits) = try await reader.read(
                secrets, inFlight: self.inFlight, for: .seconds(seconds))
            reads.append(rate)
            times += waits
        }
        print("reads of secrets, \(self.inFlight) in flight, median of \(reads.count)")
        print("  Steward's vault                     \(Self.text(median(reads))) reads/s")
        print("  a read, p50                         \(Self.text(percentile(0.5, of: times))) ms")
        print("  a read, p99                         \(Self.text(percentile(0.99, of: times))) ms")
        for (clients, rates) in inserts.sorted(by: { $0.key < $1.key }) {
            let name = "pgbench, an insert a commit, -c \(clients)"
                .padding(toLength: 36, withPad: " ", startingAt: 0)
            print("  \(name)\(Self.text(median(rates))) rows/s")
        }
    }

    private static func text(_ value: Double) -> String {
        String(format: value < 1_000 ? "%9.2f" : "%9.0f", value)
    }
}
