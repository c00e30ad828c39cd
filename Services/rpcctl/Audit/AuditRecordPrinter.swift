import AuditAPI
import FoundationEssentials
import RPC
import Wire

/// Writes events of the log as they come: rows on a page for people, else a line of JSON each.
struct AuditRecordPrinter {
    private let output: OutputStream
    private var elements: ResultPrinter?
    private var table: AuditRecordTable

    init(_ format: OutputFormat, output: OutputStream = .standardOutput) {
        self.output = output
        self.elements = format == .table ? nil : ResultPrinter(format, output: output)
        self.table = AuditRecordTable(
            style: output.style, columnCount: output.isTerminal ? output.columnCount : nil)
    }

    /// Writes the next events.
    mutating func write(_ records: [AuditRecord]) throws {
        guard self.elements != nil else { return try self.output.write(self.table.text(records)) }
        for record in records { try self.elements?.element(try CBORValue(encoding: record)) }
    }
}

/// Events as rows; those that come later line up with those that were there.
struct AuditRecordTable {
    let style: TextStyle
    /// The terminal's width; `nil` shows everything in full.
    let columnCount: Int?
    private var widths: [Int] = []

    private static let heading = ["time", "action", "outcome", "actor", "resource", "reason"]
    /// What the columns but the last are usually as wide as.
    private static let usual = [24, 20, 9, 16, 20]

    init(style: TextStyle, columnCount: Int?) {
        self.style = style
        self.columnCount = columnCount
    }

    /// The rows of the next events, the first time under a heading.
    mutating func text(_ records: [AuditRecord]) -> String {
        let isFirst = self.widths.isEmpty
        if isFirst { self.widths = Self.usual }
        var table = TextTable(
            heading: isFirst ? Self.heading : Self.heading.map { _ in "" }, flexibleColumn: 5)
        table.rows = records.map(Self.row)
        for row in table.rows {
            for column in self.widths.indices {
                let width = row[column].escapingControls().displayWidth
                self.widths[column] = max(self.widths[column], width)
            }
        }
        table.minimumWidths = self.widths
        table.paint = { [style] column, cell in
            switch (column, cell) {
            case (0, _): style.dim(cell)
            case (1, _): style.bold(cell)
            case (2, AuditOutcome.succeeded.rawValue): style.good(cell)
            case (2, AuditOutcome.denied.rawValue): style.error(cell)
            case (2, _): style.warning(cell)
            default: cell
            }
        }
        return table.text(style: self.style, columnCount: self.columnCount)
    }

    private static func row(_ record: AuditRecord) -> [String] {
        let resource = [record.resourceType, record.resourceID].compactMap(\.self)
        let times = record.count == 1 ? nil : "×\(record.count)"
        return [
            record.occurredAt.readable, record.action.rawValue, record.outcome.rawValue,
            record.username ?? record.actorID?.uuidString.lowercased() ?? record.peer
                ?? record.producer,
            resource.joined(separator: ":"),
            [record.reason, times].compactMap(\.self).joined(separator: " "),
        ]
    }
}

extension Date {
    /// In UTC, to the millisecond: `2026-01-31T12:00:00.250Z`.
    var readable: String {
        self.formatted(ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
