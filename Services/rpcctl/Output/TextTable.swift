/// Rows under a dim heading, columns as wide as their content.
struct TextTable {
    var heading: [String]
    var rows: [[String]] = []
    /// Which column may be cut so that a row fits the terminal; none where output is no terminal.
    var flexibleColumn: Int?
    /// Columns are at least this wide, so that several tables line up.
    var minimumWidths: [Int] = []
    /// What stands before every row.
    var indentation = ""
    /// How each cell is coloured: column and content give the text to print.
    var paint: (_ column: Int, _ cell: String) -> String = { _, cell in cell }

    private static let gap = "  "

    func text(style: TextStyle, columnCount: Int?) -> String {
        let rows = self.rows.map { $0.map { $0.escapingControls() } }
        var widths = self.heading.map(\.displayWidth)
        for (column, width) in self.minimumWidths.enumerated() where column < widths.count {
            widths[column] = max(widths[column], width)
        }
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.displayWidth)
            }
        }
        self.shrink(&widths, to: columnCount)
        var lines: [String] = []
        if self.heading.contains(where: { !$0.isEmpty }) {
            let heading = self.line(self.heading.map { $0.uppercased() }, widths) { _, cell in cell
            }
            lines.append(style.dim(heading))
        }
        lines += rows.map { self.line($0, widths, paint: self.paint) }
        return lines.map { $0 + "\n" }.joined()
    }

    private func shrink(_ widths: inout [Int], to columnCount: Int?) {
        guard let columnCount, let flexible = self.flexibleColumn, flexible < widths.count else {
            return
        }
        let gaps = Self.gap.count * (widths.count - 1) + self.indentation.count
        let excess = widths.reduce(gaps, +) - columnCount
        if excess > 0 { widths[flexible] = max(12, widths[flexible] - excess) }
    }

    private func line(
        _ cells: [String], _ widths: [Int], paint: (Int, String) -> String
    ) -> String {
        var line = self.indentation
        for (column, width) in widths.enumerated() {
            let cell = (column < cells.count ? cells[column] : "").truncated(to: width)
            line += paint(column, cell)
            guard cells.dropFirst(column + 1).contains(where: { !$0.isEmpty }) else { break }
            line += String(repeating: " ", count: width - cell.displayWidth) + Self.gap
        }
        return line
    }
}
