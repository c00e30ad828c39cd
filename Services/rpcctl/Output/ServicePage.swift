import RPC

/// What `rpcctl describe SERVICE` shows: how it is, and the rules of each method.
struct ServicePage {
    let style: TextStyle
    let columnCount: Int?

    func text(
        _ reply: ListMethods.Reply, health: CheckHealth.Reply, place: String
    ) -> String {
        var text = self.style.bold(reply.service.escapingControls()) + "\n\n"
        var facts = TextTable(heading: ["", ""], indentation: "  ")
        facts.paint = { column, cell in column == 0 ? self.style.dim(cell) : cell }
        facts.rows = [
            ["address", place],
            ["build", reply.build],
            ["state", HealthTable.state(of: health)],
            ["up for", Duration.seconds(health.uptimeSeconds).readable],
        ]
        for dependency in health.dependencies {
            let state = dependency.isReady ? "ready" : dependency.message ?? "not ready"
            facts.rows.append(["needs", "\(dependency.name): \(state)"])
        }
        text += facts.text(style: self.style, columnCount: self.columnCount) + "\n"

        var methods = TextTable(
            heading: ["method", "shape", "who may call it", "may be repeated"], flexibleColumn: 2,
            indentation: "  ")
        methods.paint = { column, cell in column == 0 ? self.style.accent(cell) : cell }
        methods.rows = reply.methods.map { method in
            [
                method.name, MethodPage.words(method.shape), method.access,
                MethodPage.words(method.repeatability),
            ]
        }
        return text + methods.text(style: self.style, columnCount: self.columnCount)
    }
}
