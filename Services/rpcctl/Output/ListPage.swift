import RPC

/// What `rpcctl list` shows: each service with its methods and what they do.
struct ListPage {
    let style: TextStyle
    /// The terminal's width; `nil` shows everything in full.
    let columnCount: Int?

    func text(_ listings: [ServiceListing], isWholeInstallation: Bool) -> String {
        let common = isWholeInstallation ? Self.commonMethods(of: listings) : []
        let width =
            listings.flatMap { $0.reply?.methods ?? [] }.filter { !common.contains($0.name) }
            .map(\.name.displayWidth).max() ?? 0
        let sections = listings.map { self.section($0, without: common, nameWidth: width) }
        var notes: [String] = []
        if listings.contains(where: { $0.reply?.methods.contains { $0.shape != .unary } ?? false })
        {
            notes.append("↓ answers with a stream   ↑ takes a stream   ↕ both")
        }
        if !common.isEmpty {
            notes.append("Every service has \(common.joinedWords("and")) as well.")
        }
        let foot = notes.map { self.style.dim($0.escapingControls()) + "\n" }.joined()
        return (sections + (foot.isEmpty ? [] : [foot])).joined(separator: "\n")
    }

    private func section(
        _ listing: ServiceListing, without common: [String], nameWidth: Int
    ) -> String {
        let name = listing.reply?.service ?? listing.service ?? listing.place
        var text = self.style.bold(name.escapingControls())
        guard let reply = listing.reply else {
            let problem = listing.failure?.message ?? "It does not answer."
            return text + "  " + self.style.error(problem.escapingControls()) + "\n"
        }
        text += self.style.dim("  \(reply.build) · \(listing.place)".escapingControls()) + "\n"
        var table = TextTable(
            heading: ["", "", ""], flexibleColumn: 2, minimumWidths: [nameWidth],
            indentation: "  ")
        table.paint = { column, cell in
            column == 0 ? self.style.accent(cell) : column == 1 ? self.style.dim(cell) : cell
        }
        table.rows = reply.methods.filter { !common.contains($0.name) }.map { method in
            [
                method.name, Self.mark(of: method.shape), method.documentation,
            ]
        }
        return text + table.text(style: self.style, columnCount: self.columnCount)
    }

    static func mark(of shape: CallShape) -> String {
        switch shape {
        case .unary: " "
        case .serverStream: "↓"
        case .clientStream: "↑"
        case .bidirectional: "↕"
        }
    }

    /// The methods of `rpc.` that all the services have.
    private static func commonMethods(of listings: [ServiceListing]) -> [String] {
        let sets = listings.compactMap { listing in
            listing.reply.map { Set($0.methods.map(\.name).filter { $0.hasPrefix("rpc.") }) }
        }
        guard let first = sets.first else { return [] }
        return sets.dropFirst().reduce(first) { $0.intersection($1) }.sorted()
    }
}
