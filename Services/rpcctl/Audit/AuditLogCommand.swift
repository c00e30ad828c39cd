import ArgumentParser
import AuditAPI
import RPC

/// Runs `rpcctl audit log`.
struct AuditLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Shows who did what, the newest last.",
        discussion: """
            With --format json each event is a line of JSON with all its fields. Reading the log \
            is itself recorded in it.
            """)

    @OptionGroup var filter: AuditFilterOptions

    @Option(help: ArgumentHelp("How many events, the newest ones.", valueName: "n"))
    var limit = SearchAudit.standardPageSize

    @Flag(name: [.short, .long], help: "Then show what comes, until Ctrl-C.")
    var follow = false

    @OptionGroup var target: AddressOptions
    @OptionGroup var output: FormatOptions

    func validate() throws {
        guard (0...1_000_000).contains(self.limit) else {
            throw ValidationError("--limit is a number from 0 to 1000000.")
        }
        if self.follow, self.filter.until != nil {
            throw ValidationError("--follow and --until exclude each other.")
        }
    }

    func run() async throws {
        let filter = try self.filter.filter()
        let audit = try AuditConnection(try self.target.installation())
        var printer = AuditRecordPrinter(self.output.format)
        let records = try await self.newest(filter, of: audit)
        try printer.write(Array(records.prefix(self.limit).reversed()))
        guard self.follow else { return }
        OutputStream.standardOutput.endProcessWhenReaderLeaves()
        var watch = AuditWatch(filter: filter, after: records)
        try await watch.run(on: audit) { try printer.write([$0]) }
    }

    /// The newest events, newest first; one at least if there is any, to know what follows it.
    private func newest(
        _ filter: AuditFilter?, of audit: AuditConnection
    ) async throws -> [AuditRecord] {
        let wanted = max(1, self.limit)
        var records: [AuditRecord] = []
        var token: String?
        repeat {
            let size = min(wanted - records.count, SearchAudit.pageSizeLimit)
            let page = try await audit.ask(
                SearchAudit(filter: filter, pageSize: size, pageToken: token))
            records += page.records
            token = page.nextPageToken
        } while token != nil && records.count < wanted
        return records
    }
}

/// Follows the log, also while the service is away for a while.
struct AuditWatch {
    private let filter: AuditFilter?
    /// The last event that was seen.
    private var last: (epoch: Int64, index: Int64)?
    /// How often in a row the service was not there.
    private var failureCount = 0

    /// How often the service is asked, once a second, before it counts as gone.
    private static let patience = 120

    /// - Parameter records: what was seen, in any order; none at all follows from the beginning.
    init(filter: AuditFilter?, after records: [AuditRecord]) {
        self.filter = filter
        self.last = records.map { ($0.logEpoch, $0.logIndex) }.max { $0 < $1 }
    }

    /// Gives each event to somebody until cancelled.
    ///
    /// - Throws: a ``CommandFailure``, or what the body throws.
    mutating func run(
        on audit: AuditConnection, _ body: (AuditRecord) throws -> Void
    ) async throws {
        while true {
            do {
                let request = WatchAudit(
                    filter: self.filter, logEpoch: self.last?.epoch,
                    from: self.last.map { $0.index + 1 } ?? 0)
                try await audit.read(request) { record in
                    try body(record)
                    self.last = (record.logEpoch, record.logIndex)
                    self.failureCount = 0
                }
            } catch let failure as CommandFailure
                where failure.code == .unavailable || failure.status == .unreachable
            {
                self.failureCount += 1
                guard self.failureCount < Self.patience else { throw failure }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
