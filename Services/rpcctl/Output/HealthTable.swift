import RPC

/// What `rpcctl health` shows: a row a service, and what is wrong.
struct HealthTable {
    let style: TextStyle

    func text(_ reports: [HealthReport], _ columnCount: Int?) -> String {
        var table = TextTable(
            heading: ["service", "state", "up for", "build", "needs"], flexibleColumn: 4)
        table.paint = { column, cell in
            switch (column, cell) {
            case (0, _): self.style.bold(cell)
            case (1, "ready"): self.style.good(cell)
            case (1, "not ready"): self.style.warning(cell)
            case (1, _): self.style.error(cell)
            case (2, _), (3, _): self.style.dim(cell)
            default: cell
            }
        }
        table.rows = reports.map(self.row)
        return table.text(style: self.style, columnCount: columnCount)
    }

    private func row(_ report: HealthReport) -> [String] {
        guard let reply = report.reply else {
            return [report.service, "unreachable", "", "", report.failure?.message ?? ""]
        }
        let needs = reply.dependencies.map { dependency in
            dependency.isReady
                ? dependency.name
                : "\(dependency.name): \(dependency.message ?? "not ready")"
        }
        return [
            reply.service, Self.state(of: reply), Duration.seconds(reply.uptimeSeconds).readable,
            reply.build, needs.joined(separator: ", "),
        ]
    }

    static func state(of reply: CheckHealth.Reply) -> String {
        reply.isReady ? "ready" : reply.isLive ? "not ready" : "not live"
    }
}
