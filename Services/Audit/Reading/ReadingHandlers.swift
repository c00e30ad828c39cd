internal import AuditAPI
internal import RPC
internal import ServiceKit

/// Answers the methods that read the log; each reading is itself recorded.
struct ReadingHandlers {
    let store: RecordStore
    let hub: LogHub
    let reads: ReadRecorder

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(SearchAudit.self, handler: self.search)
        methods.register(GetAuditRecord.self, handler: self.get)
        methods.register(ExportAudit.self, handler: self.export)
        methods.register(WatchAudit.self, handler: self.watch)
    }

    @Sendable
    func search(_ request: SearchAudit, _ context: CallContext) async throws -> AuditRecordPage {
        let filter = try RecordFilter(request.filter)
        let limit = request.pageSize ?? SearchAudit.standardPageSize
        guard (1...SearchAudit.pageSizeLimit).contains(limit) else {
            throw RPCError.invalid("pageSize", "1 to \(SearchAudit.pageSizeLimit).")
        }
        let position = try request.pageToken.map { try SearchPosition($0, of: filter) }
        let page = try await self.store.search(
            filter, after: position, limit: limit, deadline: context.deadline)
        try await self.reads.record(
            .auditLog,
            [
                "filter": .object(filter.description),
                "recordCount": .integer(Int64(page.records.count)),
            ], in: context)
        return AuditRecordPage(
            records: page.records, nextPageToken: try page.next?.token(of: filter))
    }

    @Sendable
    func get(_ request: GetAuditRecord, _ context: CallContext) async throws -> AuditRecord {
        let record = try await self.store.record(request.id, deadline: context.deadline)
        guard let record else { throw RPCError.entryNotFound }
        try await self.reads.record(AuditResource("audit_entry", request.id), in: context)
        return record
    }

    /// Sends what the log has at this moment, which its own record of the export is no part of.
    @Sendable
    func export(
        _ request: ExportAudit, _ outbound: OutboundStream<AuditRecord>, _ context: CallContext
    ) async throws {
        let filter = try RecordFilter(request.filter)
        let end = try await self.store.extent(of: nil, deadline: context.deadline)
        try await self.reads.record(
            .auditLog, ["filter": .object(filter.description), "isExport": .boolean(true)],
            in: context)
        var sender = RecordSender(
            store: self.store, filter: filter, logEpoch: 1, logIndex: 0,
            deadline: context.deadline)
        try await sender.sendAll(upTo: end) { try await outbound.send($0) }
    }

    /// Sends what is behind a place, then whatever comes.
    ///
    /// `send` suspends while the reader has granted no credit, which holds up nobody else: what
    /// happens meanwhile stays in the log, and is read in batches of a bounded size.
    @Sendable
    func watch(
        _ request: WatchAudit, _ outbound: OutboundStream<AuditRecord>, _ context: CallContext
    ) async throws {
        let filter = try RecordFilter(request.filter)
        let wakeUps = self.hub.wakeUps()
        let extent = try await self.store.extent(
            of: request.logEpoch, deadline: context.deadline)
        guard let extent else { throw RPCError.entryNotFound }
        let from = request.from ?? extent.end
        guard from >= 0 else { throw RPCError.invalid("from", "from 0.") }
        // What another epoch has lost is not to come; it goes on with the next one.
        guard from <= extent.end || !extent.isCurrent else {
            throw RPCError.positionAhead(size: extent.end)
        }
        try await self.reads.record(
            .auditLog,
            [
                "filter": .object(filter.description), "isWatch": .boolean(true),
                "logEpoch": .integer(extent.logEpoch), "from": .integer(from),
            ], in: context)
        var sender = RecordSender(
            store: self.store, filter: filter, logEpoch: extent.logEpoch, logIndex: from,
            deadline: nil)
        for await _ in wakeUps {
            try await sender.sendAll { try await outbound.send($0) }
        }
        try Task.checkCancellation()
    }
}
