import AuditAPI
import AuditFormat
import Foundation

/// Events of which many agree in each field; the same for a seed everywhere.
struct GeneratedEvents {
    /// An event, and who recorded it.
    struct Produced {
        let producer: String
        let event: AuditEvent
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var z = self.state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let producers = ["identity", "conversations", "tools"]
    static let actions: [AuditAction] = [
        .signedIn, .userUpdated, .conversationCreated, .roleChanged, .secretRead,
    ]
    static let methods = ["identity.A", "conversations.B", nil]
    static let types = ["user", "conversation", nil]
    static let actors = (1...4).map { Self.id("1", $0) }
    static let sessions = (1...3).map { Self.id("2", $0) }
    static let beginning = Date(timeIntervalSince1970: 1_790_000_000)

    /// In the order of the log; at most two at the same time.
    let all: [Produced]

    /// Makes so many.
    ///
    /// - Parameter isOrdered: whether later ones in the log are not earlier in time.
    init(_ count: Int, seed: UInt64, isOrdered: Bool = false) {
        var generator = Generator(state: seed)
        self.all = (1...count).map { number in
            let type = Self.types.randomElement(using: &generator)!
            let event = AuditEvent(
                id: Self.id("0", number + Int(seed) * 1_000_000),
                occurredAt: Self.beginning.addingTimeInterval(
                    Double(isOrdered ? number / 2 : Int.random(in: 0..<count, using: &generator))
                        * 60),
                action: Self.actions.randomElement(using: &generator)!,
                outcome: Int.random(in: 0..<4, using: &generator) == 0 ? .denied : .succeeded,
                actorID: Bool.random(using: &generator)
                    ? Self.actors.randomElement(using: &generator) : nil,
                sessionID: Bool.random(using: &generator)
                    ? Self.sessions.randomElement(using: &generator) : nil,
                method: Self.methods.randomElement(using: &generator)!,
                resourceType: type,
                resourceID: type.map { _ in "r\(Int.random(in: 1...4, using: &generator))" })
            // A service takes many of its events to the log at once.
            return Produced(producer: Self.producers[number / 20 % 3], event: event)
        }
    }

    static func id(_ kind: String, _ number: Int) -> UUID {
        let digits = String(number)
        let zeros = String(repeating: "0", count: 12 - digits.count)
        return UUID(uuidString: "\(kind)0000000-0000-4000-8000-\(zeros)\(digits)")!
    }

    /// Those that a filter is about, by the words of its documentation, newest first.
    func matching(_ filter: AuditFilter) -> [UUID] {
        let matching = self.all.enumerated().filter { _, produced in
            let event = produced.event
            func fits<Value: Equatable>(_ asked: Value?, _ value: Value?) -> Bool {
                asked == nil || asked == value
            }
            return filter.actions?.contains(event.action) ?? true
                && filter.outcomes?.contains(event.outcome) ?? true
                && fits(filter.actorID, event.actorID)
                && fits(filter.sessionID, event.sessionID)
                && fits(filter.method, event.method)
                && fits(filter.resourceType, event.resourceType)
                && fits(filter.resourceID, event.resourceID)
                && fits(filter.producer, produced.producer)
                && filter.occurredAfter.map { event.occurredAt >= $0 } ?? true
                && filter.occurredBefore.map { event.occurredAt < $0 } ?? true
        }
        return matching.sorted {
            ($0.element.event.occurredAt, $0.offset) > ($1.element.event.occurredAt, $1.offset)
        }.map(\.element.event.id)
    }
}

extension TestSink {
    /// Appends events in their order, each as the next of its producer.
    func append(_ events: [GeneratedEvents.Produced]) async throws {
        var last: [String: Int64] = [:]
        for producer in Set(events.map(\.producer)) {
            last[producer] = try await self.append(producer, []).durableSequence
        }
        var index = 0
        while index < events.count {
            let producer = events[index].producer
            let run = events[index...].prefix { $0.producer == producer }
            let first = last[producer, default: 0] + 1
            try await self.append(
                producer,
                try run.enumerated().map { offset, produced in
                    try produced.event.entry(sequence: first + Int64(offset))
                })
            last[producer] = first + Int64(run.count) - 1
            index += run.count
        }
    }

    /// Appends one event with its payload, as the next of identity's.
    func append(_ event: AuditEvent, _ payload: AuditPayload? = nil) async throws {
        let last = try await self.append("identity", []).durableSequence
        try await self.append("identity", [try event.entry(sequence: last + 1, payload)])
    }
}

extension AuditEvent {
    /// The event as its producer sends it.
    func entry(sequence: Int64, _ payload: AuditPayload? = nil) throws -> ProducedEntry {
        guard let payload else {
            return ProducedEntry(sequence: sequence, event: try self.canonicalBytes)
        }
        let bytes = try payload.canonicalBytes
        let salt = Data((0..<32).map { _ in UInt8.random(in: 0...255) })
        var event = self
        event.payloadCommitment = AuditPayload.commitment(toBytes: bytes, salt: salt)
        return ProducedEntry(
            sequence: sequence, event: try event.canonicalBytes, payload: bytes, salt: salt)
    }
}
