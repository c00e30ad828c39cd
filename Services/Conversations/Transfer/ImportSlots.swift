internal import Locks
internal import RPC

internal import struct FoundationEssentials.UUID

/// Counts the imports that run, each of which may hold a few messages in memory.
final class ImportSlots: Sendable {
    /// Imports of all people at the same time.
    static let totalLimit = 16
    /// Imports of one person, so that nobody keeps out the others.
    static let personLimit = 2

    private let running = Mutex<[UUID: Int]>([:])

    /// Begins an import.
    ///
    /// - Throws: resource exhausted, when as many run as may.
    func take(for person: UUID) throws {
        try self.running.withLock { running in
            let own = running[person] ?? 0
            guard own < Self.personLimit, running.values.reduce(0, +) < Self.totalLimit else {
                throw RPCError(
                    .resourceExhausted, reason: "conversations.imports_busy",
                    message: "Other imports are running; try again soon.",
                    retry: .after(.seconds(2)))
            }
            running[person] = own + 1
        }
    }

    /// Ends an import.
    func giveBack(for person: UUID) {
        self.running.withLock { running in
            let own = running[person] ?? 0
            running[person] = own > 1 ? own - 1 : nil
        }
    }
}
