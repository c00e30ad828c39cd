internal import AuditAPI
internal import RPC

/// Answers the method that checks the log.
struct CheckHandlers {
    let store: CheckStore
    private let patience: Duration
    private let turn = CheckTurn()

    /// Entries between two reports of progress.
    static let progressCount: Int64 = 16_384
    /// How long a check waits in all for its caller to take what it has found.
    static let standardPatience: Duration = .seconds(30)

    /// Checks what a store reads.
    init(store: CheckStore, patience: Duration = Self.standardPatience) {
        self.store = store
        self.patience = patience
    }

    /// Adds the method to a table.
    func register(in methods: inout MethodTable) {
        methods.register(CheckLog.self, handler: self.check)
    }

    /// Checks the log as it is when the call comes; what is appended meanwhile is left aside.
    @Sendable
    func check(
        _ request: CheckLog, _ outbound: OutboundStream<LogCheckReport>, _ context: CallContext
    ) async throws {
        try await self.check(logEpoch: request.logEpoch, deadline: context.deadline) {
            try await outbound.send($0)
        }
    }

    /// Checks the log and gives each report to a closure.
    ///
    /// Whoever does not take the reports loses the turn, not only the patience of others.
    ///
    /// - Throws: `audit.check_running` while another check runs; `audit.check_not_taken`;
    ///   `rpc.deadline_exceeded`.
    func check(
        logEpoch asked: Int64?, deadline: ContinuousClock.Instant? = nil,
        _ send: (LogCheckReport) async throws -> Void
    ) async throws {
        let reports = CheckReports(patience: self.patience)
        try await withThrowingTaskGroup { group in
            group.addTask {
                do {
                    try await self.turn.run {
                        try await self.checkAlone(logEpoch: asked, deadline: deadline) {
                            try await reports.post($0)
                        }
                    }
                    reports.finish()
                } catch {
                    reports.finish(throwing: error)
                }
            }
            for try await report in reports.stream {
                reports.took()
                try await send(report)
            }
            try Task.checkCancellation()
        }
    }

    private func checkAlone(
        logEpoch asked: Int64?, deadline: ContinuousClock.Instant?,
        _ send: @escaping @Sendable (LogCheckReport) async throws -> Void
    ) async throws {
        var store = self.store
        store.deadline = deadline
        let signed = store.signer.last
        guard let claim = try await store.claim(asked, signed: signed) else {
            throw RPCError.entryNotFound
        }
        let treeSize = claim.size
        var checkedCount: Int64 = 0
        var check = LogCheck(store: store, signed: signed, claim: claim) { fault in
            try await send(LogCheckReport(checkedCount: 0, treeSize: treeSize, fault: fault))
        }
        try await check.run { count in
            checkedCount = count
            if let deadline, deadline <= .now { throw RPCError.checkTooLong }
            if count.isMultiple(of: Self.progressCount) {
                try await send(LogCheckReport(checkedCount: count, treeSize: treeSize))
            }
        }
        try await send(
            LogCheckReport(checkedCount: checkedCount, treeSize: treeSize, isLast: true))
    }
}
