internal import AuditAPI
internal import RPC

/// Goes through the log in its order and gives what matches to a closure, a batch at a time, from
/// one epoch into the next.
struct RecordSender {
    let store: RecordStore
    let filter: RecordFilter
    let deadline: ContinuousClock.Instant?
    /// The next entry to look at.
    private(set) var logEpoch: Int64
    private(set) var logIndex: Int64

    /// Begins at a place.
    init(
        store: RecordStore, filter: RecordFilter, logEpoch: Int64, logIndex: Int64,
        deadline: ContinuousClock.Instant?
    ) {
        self.store = store
        self.filter = filter
        self.logEpoch = logEpoch
        self.logIndex = logIndex
        self.deadline = deadline
    }

    /// Sends what there is, and ends where the log does at this moment, or where it did.
    ///
    /// - Parameter end: where the log ended when the caller looked; `nil` for now.
    mutating func sendAll(
        upTo end: RecordStore.Extent? = nil, _ send: (AuditRecord) async throws -> Void
    ) async throws {
        while end.map({ self.logEpoch <= $0.logEpoch }) ?? true {
            guard
                let extent = try await self.store.extent(
                    of: self.logEpoch, deadline: self.deadline)
            else { return }
            let isLast = end.map { $0.logEpoch == self.logEpoch } ?? extent.isCurrent
            let size = isLast ? min(extent.end, end?.end ?? extent.end) : extent.end
            while self.logIndex < size { try await self.sendBatch(before: size, send) }
            if isLast { return }
            self.logEpoch += 1
            self.logIndex = 0
        }
    }

    private mutating func sendBatch(
        before size: Int64, _ send: (AuditRecord) async throws -> Void
    ) async throws {
        let end = min(self.logIndex + RecordStore.windowCount, size)
        let records = try await self.store.records(
            self.filter, logEpoch: self.logEpoch, in: self.logIndex..<end,
            deadline: self.deadline)
        for record in records {
            try await send(record)
            self.logIndex = record.logIndex + 1
        }
        if records.count < RecordStore.batchCount { self.logIndex = end }
    }
}
