import AuditAPI
import AuditFormat
import AuditTestSupport
import Foundation
import Locks
import Logging
import RPC
import TransparencyLog

@testable import rpcctl

/// A lab with an audit service whose log is in memory and can be tampered with.
final class AuditLab: Sendable {
    /// What the service has, and how it lies.
    struct State: Sendable {
        /// What was signed.
        var signed: SampleLog
        /// What is stored.
        var stored: [StoredEntry]
        /// What is stored of the epoch before, if there was one.
        var earlier: [StoredEntry]?
        /// Which epoch of the log it is.
        var logEpoch: Int64 { (self.earlier == nil ? 1 : 2) + self.lowerEpochCount }
        /// How many epochs there are below the one before.
        var lowerEpochCount: Int64 = 0
        /// The epochs that the service was asked to check.
        var checked: [Int64] = []
        /// Whose checkpoint is offered; the log's own if absent.
        var checkpoint: SampleLog?
        var faults: [LogFault] = []
        /// How many times more somebody else has the log checked.
        var busyCount = 0
    }

    /// The state, shared with the handlers.
    final class Shared: Sendable {
        private let state: Mutex<State>

        init(_ state: State) { self.state = Mutex(state) }

        func withLock<Answer: Sendable>(
            _ body: (inout State) throws -> Answer
        ) rethrows -> Answer {
            try self.state.withLock { try body(&$0) }
        }
    }

    let lab: Lab
    let state: Shared
    private let server: RPCServer

    init(_ count: Int = 20) async throws {
        self.lab = try await Lab()
        let log = try SampleLog(count)
        self.state = Shared(State(signed: log, stored: log.entries))
        var methods = MethodTable()
        Self.registerReading(in: &methods, self.state)
        Self.registerProofs(in: &methods, self.state)
        self.server = RPCServer(
            service: "audit", build: "1.2.3", methods: methods, authorizer: self.lab.tokens,
            health: { [] }, peerNames: { _ in [] },
            logger: Logger(label: "audit", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await self.server.listen(descriptor: Lab.listen(at: self.lab.socket("audit")))
        try await self.lab.signIn()
    }

    func stop() async {
        await self.server.drain(grace: .zero)
        await self.lab.stop()
    }

    /// The key that the service offers.
    var key: String { self.state.withLock { $0.signed.key.verifierKey.text } }

    func path(_ name: String) -> String { "\(self.lab.directory.path)/\(name)" }

    /// An entry as a record; the later, the newer.
    static func record(_ index: Int) -> AuditRecord {
        AuditRecord(
            id: SampleLog.id(index), occurredAt: Date(timeIntervalSince1970: Double(index)),
            receivedAt: Date(timeIntervalSince1970: Double(index)),
            action: index.isMultiple(of: 2) ? .signedIn : .accessDenied,
            outcome: index.isMultiple(of: 2) ? .succeeded : .denied, username: "Ada \(index)",
            resourceType: "user", resourceID: "\(index)", auditClass: .access, retentionDays: 730,
            payloadState: .present, producer: "identity", logEpoch: 1, logIndex: Int64(index))
    }

    private static func records(_ log: [StoredEntry], _ filter: AuditFilter?) -> [AuditRecord] {
        log.indices.map(Self.record).filter { record in
            filter?.actions.map { $0.contains(record.action) } ?? true
        }
    }

    private static func registerReading(in table: inout MethodTable, _ state: Shared) {
        table.register(SearchAudit.self) { request, _ in
            let records = Self.records(state.withLock { $0.stored }, request.filter)
            let first = request.pageToken.flatMap { Int($0) } ?? 0
            let page = records.reversed().dropFirst(first).prefix(min(request.pageSize ?? 50, 7))
            let next = first + page.count
            return AuditRecordPage(
                records: Array(page), nextPageToken: next < records.count ? "\(next)" : nil)
        }
        table.register(ExportAudit.self) { request, outbound, _ in
            for record in Self.records(state.withLock { $0.stored }, request.filter) {
                try await outbound.send(record)
            }
        }
        table.register(WatchAudit.self) { request, outbound, _ in
            for index in 0..<2 {
                try await outbound.send(Self.record(Int(request.from ?? 0) + index))
            }
            try await Task.sleep(for: .seconds(600))
        }
    }

    private static func checkpoint(_ state: State) throws -> SignedCheckpoint {
        let log = state.checkpoint ?? state.signed
        return SignedCheckpoint(
            origin: log.origin, logEpoch: state.logEpoch, treeSize: Int64(log.entries.count),
            note: String(
                decoding: try log.note(size: log.entries.count).bytes, as: UTF8.self),
            verifierKey: log.key.verifierKey.text)
    }

    private static func registerCompleteness(in table: inout MethodTable, _ state: Shared) {
        table.register(ProveCompleteness.self) { request, outbound, _ in
            let now = state.withLock { $0 }
            var log = now.signed
            var signed = try Self.checkpoint(now)
            if let logEpoch = request.logEpoch, logEpoch < now.logEpoch {
                log = try SampleLog(now.earlier?.count ?? 0)
                signed = SignedCheckpoint(
                    origin: log.origin, logEpoch: logEpoch, treeSize: Int64(log.entries.count),
                    note: String(
                        decoding: try log.note(size: log.entries.count).bytes, as: UTF8.self),
                    verifierKey: log.key.verifierKey.text)
            }
            try await outbound.send(CompletenessPart(checkpoint: signed))
            let tiles = TileSet(try log.tiles())
            for stored in log.entries
            where try LogEntry(canonicalBytes: stored.entry).producer == request.producer {
                let proof = try InclusionProof(
                    leafIndex: UInt64(stored.logIndex), treeSize: UInt64(log.entries.count),
                    tiles: tiles)
                try await outbound.send(
                    CompletenessPart(
                        entry: IncludedEntry(
                            logIndex: stored.logIndex, entry: stored.entry,
                            hashes: proof.hashes.map { Data($0.bytes) })))
            }
            try await outbound.send(
                CompletenessPart(
                    end: CompletenessEnd(beginsWithFirst: true, endsWithNewest: true)))
        }
    }

    private static func registerProofs(in table: inout MethodTable, _ state: Shared) {
        table.register(GetCheckpoint.self) { _, _ in
            try Self.checkpoint(state.withLock { $0 })
        }
        table.register(ProveInclusion.self) { request, _ in
            let log = state.withLock { $0.signed }
            let index = log.entries.indices.first { index in
                request.eventID.map { $0 == SampleLog.id(index) }
                    ?? (request.logIndex == Int64(index))
            }
            guard let index else {
                throw RPCError(.notFound, reason: "audit.event_unknown", message: "None such.")
            }
            return try log.file(index).proven
        }
        table.register(ProveConsistency.self) { request, _ in
            let now = state.withLock { $0 }
            let proof = try ConsistencyProof(
                oldSize: UInt64(request.oldSize), newSize: UInt64(request.newSize ?? 0),
                tiles: TileSet(try now.signed.tiles()))
            return ProvenConsistency(
                oldSize: request.oldSize, newSize: request.newSize ?? 0,
                hashes: proof.hashes.map { Data($0.bytes) }, checkpoint: try Self.checkpoint(now))
        }
        table.register(ReadEntries.self) { request, outbound, _ in
            let now = state.withLock { $0 }
            let isEarlier = (request.logEpoch ?? now.logEpoch) < now.logEpoch
            for entry in isEarlier ? now.earlier ?? [] : now.stored {
                guard entry.logIndex < request.to ?? .max else { continue }
                var entry = entry
                if request.withPayloads != true { (entry.payload, entry.salt) = (nil, nil) }
                try await outbound.send(entry)
            }
        }
        Self.registerCompleteness(in: &table, state)
        table.register(CheckLog.self) { request, outbound, _ in
            let now = state.withLock { state in
                defer { state.busyCount -= 1 }
                state.checked.append(request.logEpoch ?? state.logEpoch)
                return state
            }
            guard now.busyCount <= 0 else {
                throw RPCError(
                    .resourceExhausted, reason: "audit.check_running",
                    message: "The log is being checked already.",
                    retry: .after(.milliseconds(1)))
            }
            let size = Int64(now.stored.count)
            for fault in now.faults {
                try await outbound.send(
                    LogCheckReport(checkedCount: size, treeSize: size, fault: fault))
            }
            try await outbound.send(
                LogCheckReport(checkedCount: size, treeSize: size, isLast: true))
        }
    }
}
