import ArgumentParser
import AuditAPI
import AuditFormat
import BenchmarkSupport
import Foundation
import RPC

/// Four producers that append as quickly as the log answers.
struct IngestBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Durable events a second, beside pgbench's inserts.")

    @OptionGroup var installation: InstallationOptions
    @Option(help: "Events of one call.") var batch = 64

    private static let producers = ["tools", "vault", "retrieval", "workspace"]

    func run() async throws {
        let postgres = try self.installation.postgres
        let producers = try await Self.producers.asyncMap {
            try await Producer.greet($0, sockets: try self.installation.sockets)
        }
        var (events, inserts, waits) = ([Double](), [Double](), [Double]())
        for _ in 0..<self.installation.rounds {
            inserts.append(
                try postgres.insertRate(clients: 16, seconds: self.installation.seconds))
            let (rate, times) = try await self.append(producers)
            events.append(rate)
            waits += times
        }
        print("durable events, 4 producers, \(self.batch) a call, median of \(events.count)")
        print("  Steward's log                 \(text(median(events))) events/s")
        print("  acknowledged, p50             \(text(percentile(0.5, of: waits))) ms")
        print("  acknowledged, p99             \(text(percentile(0.99, of: waits))) ms")
        print("  pgbench, an insert a commit   \(text(median(inserts))) rows/s (-c 16)")
        print("  ratio                         \(text(median(events) / median(inserts)))")
    }

    /// Events a second, and how many milliseconds each call took.
    private func append(_ producers: [Producer]) async throws -> (Double, [Double]) {
        let start = ContinuousClock.now
        let end = start + .seconds(self.installation.seconds)
        let batch = self.batch
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for producer in producers {
                group.addTask {
                    var times: [Double] = []
                    while ContinuousClock.now < end {
                        let began = ContinuousClock.now
                        try await producer.append(batch)
                        times.append((ContinuousClock.now - began) / .milliseconds(1))
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return (Double(times.count * self.batch) / seconds, times)
    }
}

/// A service that has events for the log.
final class Producer: Sendable {
    private let name: String
    private let client: RPCClient
    private let epoch: Int64
    private let sequence: Sequence

    private actor Sequence {
        private var last: Int64
        init(_ last: Int64) { self.last = last }

        func take(_ count: Int) -> ClosedRange<Int64> {
            defer { self.last += Int64(count) }
            return self.last + 1...self.last + Int64(count)
        }
    }

    /// Asks the log how far it has the producer's events.
    static func greet(_ name: String, sockets: String) async throws -> Producer {
        let client = RPCClient([.unix(path: "\(sockets)/audit.sock")], name: name)
        let reply = try await client.call(AppendEntries(producer: name, epoch: 1, entries: []))
        return Producer(name, client, max(reply.epoch, 1), reply.durableSequence)
    }

    private init(_ name: String, _ client: RPCClient, _ epoch: Int64, _ last: Int64) {
        self.name = name
        self.client = client
        self.epoch = epoch
        self.sequence = Sequence(last)
    }

    /// Appends some events and waits until they are durable.
    func append(_ count: Int) async throws {
        let sequences = await self.sequence.take(count)
        let reply = try await self.client.call(
            AppendEntries(
                producer: self.name, epoch: self.epoch,
                entries: try sequences.map(Self.entry)))
        guard reply.durableSequence >= sequences.upperBound else {
            throw BenchmarkFailure("the log answered before it had everything")
        }
    }

    /// An event as services record it, with a payload.
    private static func entry(_ sequence: Int64) throws -> ProducedEntry {
        let payload = try AuditPayload(
            username: "ada@example.org", clientAddress: "192.0.2.17",
            userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            details: .object(["number": .integer(sequence)])
        ).canonicalBytes
        let salt = Data((0..<AuditPayload.saltByteCount).map { _ in UInt8.random(in: 0...255) })
        let actions = AuditAction.knownCases
        let event = AuditEvent(
            id: .ordered(), occurredAt: Date(),
            action: actions[Int(sequence) % actions.count],
            actorID: Self.people[Int(sequence) % Self.people.count],
            sessionID: Self.sessions[Int(sequence) % Self.sessions.count],
            method: "tools.Execute", peer: "uid 0 tools", resourceType: "execution",
            resourceID: UUID.ordered().uuidString.lowercased(),
            payloadCommitment: AuditPayload.commitment(toBytes: payload, salt: salt))
        return ProducedEntry(
            sequence: sequence, event: try event.canonicalBytes, payload: payload, salt: salt)
    }

    private static let people = (0..<1_000).map { _ in UUID() }
    private static let sessions = (0..<5_000).map { _ in UUID() }
}

extension UUID {
    /// An id that begins with the time, as all of Steward's do (RFC 9562, section 5.7).
    fileprivate static func ordered() -> UUID {
        var bytes = UUID().uuid
        let now = UInt64(Date().timeIntervalSince1970 * 1_000)
        withUnsafeMutableBytes(of: &bytes) { buffer in
            for index in 0..<6 {
                buffer[index] = UInt8(truncatingIfNeeded: now >> (40 - 8 * index))
            }
            buffer[6] = buffer[6] & 0x0f | 0x70
        }
        return UUID(uuid: bytes)
    }
}

extension Swift.Sequence {
    fileprivate func asyncMap<Value>(
        _ transform: (Element) async throws -> Value
    ) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
