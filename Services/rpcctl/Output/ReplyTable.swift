import RPC
import Wire

/// Shows an answer as a table: a list of objects by rows, a single object by fields.
struct ReplyTable {
    let type: TypeDescription?
    let style: TextStyle

    /// No column is cut below this.
    private static let narrowest = 12
    private static let gap = 2
    /// Objects deeper than this are shown as JSON.
    private static let depthLimit = 3

    /// - Parameter columnCount: the terminal's width; `nil` shows everything in full.
    func text(_ value: CBORValue, columnCount: Int?) -> String {
        guard let (name, rows) = Self.list(in: value) else {
            return self.fields(of: value, columnCount: columnCount)
        }
        let rest = CBORValue.map((value.mapValue ?? []).filter { $0.key.textValue != name })
        var text = rows.isEmpty ? self.style.dim("none") + "\n" : self.rows(rows, columnCount)
        // What came beside the list, such as the next page's token.
        if rest.mapValue?.isEmpty == false {
            text += "\n" + self.fields(of: rest, columnCount: columnCount)
        }
        return text
    }

    /// The only list of objects, and the field it is in.
    private static func list(in value: CBORValue) -> (name: String?, rows: [CBORValue])? {
        if let items = value.arrayValue { return self.areRows(items) ? (nil, items) : nil }
        let lists = (value.mapValue ?? []).filter { $0.value.arrayValue.map(self.areRows) ?? false }
        guard lists.count == 1, let list = lists.first else { return nil }
        return (list.key.textValue, list.value.arrayValue ?? [])
    }

    private static func areRows(_ items: [CBORValue]) -> Bool {
        items.allSatisfy { $0.mapValue != nil }
    }

    private func rows(_ rows: [CBORValue], _ columnCount: Int?) -> String {
        var names: [String] = []
        for pair in rows.flatMap({ $0.mapValue ?? [] }) {
            let name = Self.name(pair)
            if !names.contains(name) { names.append(name) }
        }
        var cells = rows.map { row in
            names.map { row[$0].map(Self.cell) ?? "" }
        }
        let shown = self.fit(names, &cells, to: columnCount)
        var table = TextTable(heading: Array(names.prefix(shown)))
        table.rows = cells.map { Array($0.prefix(shown)) }
        var text = table.text(style: self.style, columnCount: nil)
        if shown < names.count {
            let hidden = names.dropFirst(shown).joined(separator: ", ")
            let note = "not shown: \(hidden)".truncated(to: columnCount ?? .max)
            text += self.style.dim(note) + "\n"
        }
        return text
    }

    /// Cuts the widest columns until the table fits, then leaves out the last ones.
    private func fit(_ names: [String], _ cells: inout [[String]], to columnCount: Int?) -> Int {
        guard let columnCount else { return names.count }
        var widths = names.indices.map { column in
            cells.reduce(names[column].displayWidth) {
                max($0, $1[column].escapingControls().displayWidth)
            }
        }
        var shown = names.count
        func excess() -> Int {
            widths[..<shown].reduce(Self.gap * (shown - 1), +) - columnCount
        }
        // Identifiers are worth nothing when cut.
        let uncut = Set(
            names.indices.filter { column in cells.contains { Self.isIdentifier($0[column]) } })
        while excess() > 0 {
            let widest = widths[..<shown].indices.filter { !uncut.contains($0) }
                .max { widths[$0] < widths[$1] }
            if let widest, widths[widest] > Self.narrowest {
                widths[widest] = max(Self.narrowest, widths[widest] - excess())
            } else if shown > 1 {
                shown -= 1
            } else {
                break
            }
        }
        for row in cells.indices {
            for column in 0..<shown {
                cells[row][column] = cells[row][column].escapingControls()
                    .truncated(to: widths[column])
            }
        }
        return shown
    }

    /// Whether a cell has the form of a UUID.
    private static func isIdentifier(_ cell: String) -> Bool {
        cell.utf8.count == 36 && cell.utf8.count { $0 == UInt8(ascii: "-") } == 4
    }

    private func fields(of value: CBORValue, columnCount: Int?) -> String {
        guard let pairs = value.mapValue else { return Self.cell(value).escapingControls() + "\n" }
        guard !pairs.isEmpty else { return self.style.dim("nothing") + "\n" }
        var table = TextTable(heading: ["", ""], flexibleColumn: 1)
        table.paint = { column, cell in column == 0 ? self.style.key(cell) : cell }
        table.rows = Self.flattened(pairs, prefix: "", depth: 0)
        return table.text(style: self.style, columnCount: columnCount)
    }

    /// Fields of fields become rows of their own, named by their path.
    private static func flattened(
        _ pairs: [CBORPair], prefix: String, depth: Int
    ) -> [[String]] {
        pairs.flatMap { pair in
            let name = prefix + self.name(pair)
            if let inner = pair.value.mapValue, !inner.isEmpty, depth < self.depthLimit {
                return self.flattened(inner, prefix: name + ".", depth: depth + 1)
            }
            return [[name, self.cell(pair.value)]]
        }
    }

    private static func name(_ pair: CBORPair) -> String {
        pair.key.textValue ?? pair.key.diagnostic
    }

    /// A scalar without quotes, anything else as JSON.
    static func cell(_ value: CBORValue) -> String {
        switch value {
        case .text(let text): return text
        case .null: return ""
        case .map(let pairs) where pairs.isEmpty: return ""
        case .array(let items) where items.allSatisfy(\.isScalar):
            return items.map(self.cell).joined(separator: ", ")
        default:
            let json = value.json(pretty: false)
            let isString = json.count >= 2 && json.hasPrefix("\"") && json.hasSuffix("\"")
            return isString ? String(json.dropFirst().dropLast()) : json
        }
    }
}

/// Shows a stream's elements as rows; columns are as wide as their type usually needs.
struct StreamTable {
    let type: TypeDescription?
    private var columns: [(name: String, width: Int)] = []
    private var hasHeading = false

    init(type: TypeDescription?) { self.type = type }

    mutating func line(_ value: CBORValue, style: TextStyle) -> String {
        guard value.mapValue != nil else { return ReplyTable.cell(value).escapingControls() + "\n" }
        var text = ""
        if !self.hasHeading {
            self.hasHeading = true
            self.columns = Self.columns(for: self.type, first: value)
            let heading = self.columns.map { $0.name.uppercased().padded(to: $0.width) }
            text = style.dim(Self.joined(heading)) + "\n"
        }
        let cells = self.columns.map { column in
            (value[column.name].map(ReplyTable.cell) ?? "").escapingControls()
                .padded(to: column.width)
        }
        return text + Self.joined(cells) + "\n"
    }

    private static func joined(_ cells: [String]) -> String {
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func columns(
        for type: TypeDescription?, first: CBORValue
    ) -> [(name: String, width: Int)] {
        let described = type?.fields?.map { field in
            (name: field.name, width: max(field.name.displayWidth, self.width(of: field.type)))
        }
        return described
            ?? (first.mapValue ?? []).compactMap { pair in
                pair.key.textValue.map { (name: $0, width: max($0.displayWidth, 16)) }
            }
    }

    private static func width(of type: TypeDescription) -> Int {
        switch type.kind {
        case .boolean: 5
        case .integer, .unsigned, .float, .decimal: 8
        case .date: 27
        case .uuid: 36
        case .enumeration: (type.cases ?? []).map(\.displayWidth).max() ?? 12
        default: 20
        }
    }
}
