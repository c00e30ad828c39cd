internal import IdentityAPI

/// The latest access events in memory, so that many followers cost one read.
///
/// A value without I/O: ``AccessFeed`` fills it from the table and followers read on from their
/// cursors.
struct AccessLog: Sendable {
    /// What a follower finds after its cursor.
    enum Found: Sendable, Hashable {
        /// The next events; none if the follower has everything.
        case events([AccessEvent])
        /// They are not in memory, or not yet; the table may have them.
        case older
        /// The cursor belongs to another past: begin with a snapshot.
        case foreign
    }

    /// The most events that are kept.
    let capacity: Int
    /// The position up to which everything is known; `nil` before the first read.
    private(set) var position: Int64?
    /// Grows when the table's past turned out to be another one, as after a restore.
    private(set) var epoch = 0
    private var events: [AccessEvent] = []

    /// Makes an empty log.
    init(capacity: Int = 4_096) { self.capacity = capacity }

    /// Takes what was read after ``position``.
    ///
    /// - Returns: whether there may be more to read at once.
    mutating func apply(_ batch: AccessBatch) -> Bool {
        guard let position = self.position, batch.reached >= position else {
            // The first read, or a past that ends earlier than what was told before.
            if self.position != nil { self.epoch += 1 }
            self.position = batch.reached
            self.events = []
            return false
        }
        guard batch.events.first.map({ $0.position == position + 1 }) ?? (batch.reached == position)
        else {
            // Events were pruned before this process read them.
            self.epoch += 1
            self.position = batch.reached
            self.events = []
            return false
        }
        guard let last = batch.events.last else { return false }
        self.events += batch.events
        if self.events.count > self.capacity {
            self.events.removeFirst(self.events.count - self.capacity)
        }
        self.position = last.position
        return last.position < batch.reached
    }

    /// What comes after a follower's cursor, at most `limit` events.
    func events(after cursor: Int64, epoch: Int, limit: Int = 500) -> Found {
        guard epoch == self.epoch else { return .foreign }
        guard let position = self.position else { return .older }
        // A follower whose snapshot is younger than this log has everything.
        guard cursor < position else { return .events([]) }
        guard let first = self.events.first, first.position <= cursor + 1 else { return .older }
        return .events(
            Array(self.events.dropFirst(Int(cursor + 1 - first.position)).prefix(limit)))
    }
}
