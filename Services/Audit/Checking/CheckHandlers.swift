internal import AuditAPI
internal import RPC

/// Answers the method that checks the log.
struct CheckHandlers {
    let reader: LogReader
    let store: CheckStore

    /// Entries between two reports of progress.
    static let progressCount: Int64 = 16_384

    /// Adds the method to a table.
    func register(in methods: inout MethodTable) {
        methods.register(CheckLog.self, handler: self.check)
    }

    /// Checks the log as it is when the call comes; what is appended meanwhile is left aside.
    @Sendable
    func check(
        _ request: CheckLog, _ outbound: OutboundStream<LogCheckReport>, _ context: CallContext
    ) async throws {
        try await self.check(logEpoch: request.logEpoch) { try await outbound.send($0) }
    }

    /// Checks the log and gives each report to a closure.
    func check(
        logEpoch asked: Int64?, _ send: @escaping (LogCheckReport) async throws -> Void
    ) async throws {
        let signed = self.reader.signer.last
        let current = try await self.reader.checkpoints.snapshot().state
        let (logEpoch, size) = try await self.reader.epoch(asked, deadline: nil)
        let isCurrent = logEpoch == current.logEpoch
        let treeSize = isCurrent ? current.size : size
        var checkedCount: Int64 = 0
        var check = LogCheck(
            store: self.store, signer: self.reader.signer, signed: signed, logEpoch: logEpoch,
            size: treeSize, root: isCurrent ? current.root : nil
        ) { fault in
            try await send(
                LogCheckReport(checkedCount: 0, treeSize: treeSize, fault: fault))
        }
        try await check.run { count in
            checkedCount = count
            if count.isMultiple(of: Self.progressCount) {
                try await send(LogCheckReport(checkedCount: count, treeSize: treeSize))
            }
        }
        try await send(
            LogCheckReport(checkedCount: checkedCount, treeSize: treeSize, isLast: true))
    }
}
