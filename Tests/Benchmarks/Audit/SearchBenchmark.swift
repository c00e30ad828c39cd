import ArgumentParser
import AuditAPI
import BenchmarkSupport
import Foundation
import IdentityAPI
import RPC

/// Pages of search, one after the other, by each way to look.
struct SearchBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "The time of a page of search, by filter.")

    @OptionGroup var installation: InstallationOptions
    @Option(help: "Who signs in; needs audit:read.")
    var identifier = "administrator@steward.internal"
    @Option(help: "A file whose first line is the password.") var passwordFile: String
    @Option(help: "Pages of each kind.") var pages = 200

    func run() async throws {
        let sockets = try self.installation.sockets
        let identity = RPCClient([.unix(path: "\(sockets)/identity.sock")], name: "benchmark")
        let audit = RPCClient([.unix(path: "\(sockets)/audit.sock")], name: "benchmark")
        let password = try String(contentsOfFile: self.passwordFile, encoding: .utf8)
            .prefix { $0 != "\n" }
        let token = try await identity.call(
            SignIn(identifier: self.identifier, password: String(password))
        ).accessToken
        let options = CallOptions(token: token)
        let some = try await audit.call(SearchAudit(pageSize: 500), options: options).records
        print("a page of 50, \(self.pages) pages each, milliseconds")
        print("  filter                              p50        p95        max")
        for (name, filter) in Self.filters(some) {
            var times: [Double] = []
            for number in 0..<self.pages {
                let request = SearchAudit(filter: filter(number))
                let began = ContinuousClock.now
                _ = try await audit.call(request, options: options)
                times.append((ContinuousClock.now - began) / .milliseconds(1))
            }
            let title = name.padding(toLength: 28, withPad: " ", startingAt: 0)
            print(
                "  \(title)\(text(percentile(0.5, of: times)))  "
                    + "\(text(percentile(0.95, of: times)))  \(text(times.max() ?? 0))")
        }
        await audit.close()
        await identity.close()
    }

    /// Filters that find something, each time another thing, from records that are there.
    private static func filters(
        _ some: [AuditRecord]
    ) -> [(String, @Sendable (Int) -> AuditFilter)] {
        let persons = some.compactMap(\.actorID)
        @Sendable func pick<T>(_ values: [T], _ number: Int) -> T? {
            values.isEmpty ? nil : values[number % values.count]
        }
        return [
            ("everything", { _ in AuditFilter() }),
            ("actor", { AuditFilter(actorID: pick(persons, $0)) }),
            ("action", { AuditFilter(actions: [pick(some, $0)?.action ?? .signedIn]) }),
            (
                "actor and action",
                {
                    AuditFilter(
                        actions: [pick(some, $0)?.action ?? .signedIn],
                        actorID: pick(persons, $0 + 1))
                }
            ),
            (
                "resource",
                {
                    AuditFilter(
                        resourceType: pick(some, $0)?.resourceType,
                        resourceID: pick(some, $0)?.resourceID)
                }
            ),
            ("outcome denied", { _ in AuditFilter(outcomes: [.denied]) }),
            ("session", { AuditFilter(sessionID: pick(some, $0)?.sessionID) }),
            ("before a time", { AuditFilter(occurredBefore: pick(some, $0)?.occurredAt) }),
        ]
    }
}
