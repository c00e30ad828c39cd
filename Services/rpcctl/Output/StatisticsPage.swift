import RPC

/// What `rpcctl stats` shows: for each service its machine, its connections and its methods.
struct StatisticsPage {
    let style: TextStyle
    /// The terminal's width; `nil` shows everything in full.
    let columnCount: Int?

    /// - Parameter last: what the services said before, to tell calls a second from.
    func text(_ reports: [StatisticsReport], after last: [StatisticsReport] = []) -> String {
        let sections = reports.map { report in
            let earlier = last.first { $0.service == report.service }?.reply
            return self.section(report, after: earlier)
        }
        return sections.joined(separator: "\n")
    }

    private func section(
        _ report: StatisticsReport, after last: ReadStatistics.Reply?
    ) -> String {
        var text = self.style.bold(report.service.escapingControls())
        guard let reply = report.reply else {
            let problem = report.failure?.message ?? "It does not answer."
            text += "  " + self.style.error(problem.escapingControls()) + "\n"
            for hint in report.failure?.hints ?? [] {
                text += self.style.accent("  hint: ") + hint.escapingControls() + "\n"
            }
            return text
        }
        let uptime = Self.time(UInt64(clamping: reply.uptimeMicroseconds))
        let origin = "  \(reply.build) · up for \(uptime) · \(report.place)"
        text += self.style.dim(origin.escapingControls()) + "\n"
        var facts = TextTable(heading: ["", ""], flexibleColumn: 1, indentation: "  ")
        facts.paint = { column, cell in column == 0 ? self.style.dim(cell) : cell }
        facts.rows = Self.facts(reply)
        text += facts.text(style: self.style, columnCount: self.columnCount)
        let methods = reply.methods.filter { $0.calls > 0 }
        guard !methods.isEmpty else { return text }
        return text + "\n" + self.table(methods, of: reply, after: last)
    }

    private static func facts(_ reply: ReadStatistics.Reply) -> [[String]] {
        let process = reply.process
        let connections = reply.connections
        var rows = [
            [
                "process",
                "\(process.processID) · \(process.threads) threads · "
                    + "\(process.openFiles) open files",
            ],
            [
                "memory",
                "\(process.residentBytes.bytes), \(process.anonymousBytes.bytes) of it its own · "
                    + "at most \(process.peakResidentBytes.bytes)",
            ],
            [
                "processor",
                "\(Self.time(process.userMicroseconds)) in the program · "
                    + "\(Self.time(process.systemMicroseconds)) in the kernel",
            ],
            [
                "connections",
                "\(connections.open.grouped) open, \(connections.total.grouped) in all · "
                    + "\(connections.streamsOpen.grouped) streams open",
            ],
            [
                "received",
                "\(connections.bytesIn.bytes) in \(connections.framesIn.grouped) frames",
            ],
            ["sent", "\(connections.bytesOut.bytes) in \(connections.framesOut.grouped) frames"],
        ]
        if let database = reply.database { rows += Self.rows(database) }
        let refusals = reply.refusals.filter { $0.count > 0 }
            .map { "\($0.reason) \($0.count.grouped)" }
        let unknown =
            reply.unknownMethodCalls > 0
            ? ["unknown methods \(reply.unknownMethodCalls.grouped)"] : []
        if !(refusals + unknown).isEmpty {
            rows.append(["refused", (refusals + unknown).joined(separator: " · ")])
        }
        return rows
    }

    private static func rows(_ database: DatabaseFigures) -> [[String]] {
        var rows = [
            [
                "database",
                (database.isDown ? "down · " : "")
                    + "\(database.pipelinedConnections) pipelined connections, "
                    + "\(database.readsInFlight) reads in flight · "
                    + "\(database.exclusiveConnections) exclusive, "
                    + "\(database.idleConnections) idle",
            ]
        ]
        let troubles = [
            ("calls wait", database.waitingCalls), ("refused", database.refusedCalls),
            ("expired", database.expiredCalls), ("cancelled", database.cancelRequests),
            ("connections lost", database.connectionsLost),
            ("not made", database.connectionsFailed),
        ].filter { $0.1 > 0 }.map { "\($0.0) \($0.1.grouped)" }
        if !troubles.isEmpty { rows.append(["", troubles.joined(separator: " · ")]) }
        if let error = database.lastConnectionError { rows.append(["", error]) }
        return rows
    }

    private func table(
        _ methods: [MethodStatistics], of reply: ReadStatistics.Reply,
        after last: ReadStatistics.Reply?
    ) -> String {
        var table = TextTable(
            heading: ["method", "calls", "p50", "p90", "p99", "p99.9", "max", "errors"],
            flexibleColumn: 7, indentation: "  ")
        if last != nil { table.heading.insert("a second", at: 2) }
        let errorColumn = table.heading.count - 1
        table.paint = { column, cell in
            column == 0
                ? self.style.accent(cell)
                : column == errorColumn
                    ? self.style.warning(cell) : cell
        }
        table.rows = methods.map { method in
            var row = [method.method, method.calls.grouped]
            if let last { row.append(Self.rate(of: method, reply, after: last)) }
            row +=
                method.latencyMicroseconds.map { figures in
                    figures.named.map { Duration.microseconds($0.microseconds).readable }
                } ?? ["", "", "", "", ""]
            row.append(
                method.errors.map { "\($0.count.grouped) \($0.code)" }.joined(separator: ", "))
            return row
        }
        return table.text(style: self.style, columnCount: self.columnCount)
    }

    /// Calls a second since the last answer of the same process.
    private static func rate(
        of method: MethodStatistics, _ reply: ReadStatistics.Reply,
        after last: ReadStatistics.Reply
    ) -> String {
        guard last.instance == reply.instance, reply.uptimeMicroseconds > last.uptimeMicroseconds
        else { return "" }
        let before = last.methods.first { $0.method == method.method }?.calls ?? 0
        guard method.calls >= before else { return "" }
        let seconds = Double(reply.uptimeMicroseconds - last.uptimeMicroseconds) / 1e6
        return UInt64((Double(method.calls - before) / seconds).rounded()).grouped
    }

    private static func time(_ microseconds: UInt64) -> String {
        Duration.microseconds(Int64(clamping: microseconds)).readable
    }
}
