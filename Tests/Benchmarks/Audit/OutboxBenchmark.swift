import ArgumentParser
import AuditAPI
import AuditFormat
import BenchmarkSupport
import Foundation

/// The same business write with and without its audit event, by pgbench in the schema of the
/// running conversations service, whose relay takes the events to the log meanwhile.
struct OutboxBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "What recording an event costs a business write.")

    @OptionGroup var installation: InstallationOptions
    @Option(help: "Clients of pgbench.") var clients = 8

    func run() async throws {
        let postgres = try self.installation.postgres
        let person = UUID()
        var (with, without) = ([Double](), [Double]())
        for round in 0..<self.installation.rounds {
            // Neither always runs behind the other.
            for isWith in round.isMultiple(of: 2) ? [true, false] : [false, true] {
                let rate = try postgres.createRate(
                    person, event: isWith ? try Self.event(person) : nil, clients: self.clients,
                    seconds: self.installation.seconds)
                if isWith { with.append(rate) } else { without.append(rate) }
            }
        }
        print("a conversation is created, \(self.clients) clients, median of \(with.count)")
        print("  without an event  \(text(median(without))) writes/s")
        print("  with its event    \(text(median(with))) writes/s")
        print("  cost              \(text((1 - median(with) / median(without)) * 100)) %")
    }

    private static func event(_ person: UUID) throws -> Data {
        try AuditEvent(
            id: UUID(), occurredAt: Date(), action: .conversationCreated, actorID: person,
            sessionID: UUID(), method: "conversations.CreateConversation", peer: "uid 0 operator",
            resourceType: "conversation", resourceID: UUID().uuidString.lowercased()
        ).canonicalBytes
    }
}
