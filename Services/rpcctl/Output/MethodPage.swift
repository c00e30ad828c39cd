import RPC
import Wire

/// What `rpcctl describe METHOD` shows.
struct MethodPage {
    let style: TextStyle
    let columnCount: Int?

    /// Objects inside objects are shown down to this depth.
    private static let depthLimit = 4
    /// The template of a request with more fields has only those that are required.
    private static let templateFieldCount = 8

    /// The fields of one message, under a title.
    private struct Section {
        var title: String
        var rows: [[String]]
    }

    func text(_ method: MethodDescription) -> String {
        let messages: [(String, TypeDescription?)] = [
            ("Request", method.request), ("Then a stream of", method.input),
            ("Reply", method.reply), ("Answers with a stream of", method.element),
        ]
        let sections = messages.compactMap { title, type in type.map { self.section(title, $0) } }
        // The columns line up all the way down the page.
        let widths = (0..<3).map { column in
            sections.flatMap(\.rows).map(\.[column].displayWidth).max() ?? 0
        }
        return
            ([self.heading(method)] + sections.map { self.text($0, widths) }
            + [self.example(method)]).joined(separator: "\n")
    }

    private func heading(_ method: MethodDescription) -> String {
        var text = self.style.bold(method.name.escapingControls()) + "\n"
        for line in method.documentation.escapingControls().wrapped(to: self.width - 2) {
            text += "\(line)\n"
        }
        var table = TextTable(heading: ["", ""], indentation: "  ")
        table.paint = { column, cell in column == 0 ? self.style.dim(cell) : cell }
        table.rows = [
            ["who may call it", method.access],
            ["shape", Self.words(method.shape)],
            ["may be repeated", Self.words(method.repeatability)],
        ]
        // What may be repeated with a key only says so in the line above.
        if let answer = method.keyedAnswer, method.repeatability != .withKey {
            table.rows.append(["with a key", Self.words(answer)])
        }
        if let milliseconds = method.defaultTimeoutMilliseconds {
            table.rows.append(["time limit", Duration.milliseconds(milliseconds).readable])
        }
        if let action = method.auditAction { table.rows.append(["audited as", action]) }
        if method.unknownFields == .reject {
            table.rows.append(["unknown fields", "refused"])
        }
        return text + "\n" + table.text(style: self.style, columnCount: self.columnCount)
    }

    private func section(_ title: String, _ type: TypeDescription) -> Section {
        let title = self.style.bold(title)
        guard let fields = type.fields else {
            return Section(title: title + " \(type.words.escapingControls())", rows: [])
        }
        guard !fields.isEmpty else {
            return Section(title: title + self.style.dim("  no fields"), rows: [])
        }
        var rows: [[String]] = []
        var seen: Set<String> = type.name.map { [$0] } ?? []
        self.collect(fields, into: &rows, depth: 0, seen: &seen)
        return Section(title: title, rows: rows)
    }

    private func text(_ section: Section, _ widths: [Int]) -> String {
        let room = self.width - 2 - widths.reduce(0) { $0 + $1 + 2 }
        var table = TextTable(
            heading: ["", "", "", ""], minimumWidths: widths, indentation: "  ")
        table.paint = { column, cell in
            column == 0 ? self.style.accent(cell) : column == 2 ? self.style.dim(cell) : cell
        }
        for row in section.rows {
            var lines = row[3].wrapped(to: max(24, room))
            table.rows.append(row.prefix(3) + [lines.isEmpty ? "" : lines.removeFirst()])
            table.rows += lines.map { ["", "", "", $0] }
        }
        return section.title + "\n" + table.text(style: self.style, columnCount: nil)
    }

    private func collect(
        _ fields: [FieldDescription], into rows: inout [[String]], depth: Int,
        seen: inout Set<String>
    ) {
        for field in fields {
            let indentation = String(repeating: "  ", count: depth)
            var documentation = field.documentation?.escapingControls() ?? ""
            let choice = field.type.kind == .array ? field.type.element : field.type
            if let cases = choice?.cases, !cases.isEmpty {
                documentation += documentation.isEmpty ? "" : " "
                documentation += "One of " + cases.joined(separator: ", ").escapingControls() + "."
            }
            rows.append([
                (indentation + field.name).escapingControls(),
                field.type.words.escapingControls(),
                field.isOptional ? "optional" : "", documentation,
            ])
            var inner = field.type
            while let element = inner.element { inner = element }
            guard depth < Self.depthLimit, let nested = inner.fields, !nested.isEmpty else {
                continue
            }
            // A type that was shown already is known by its name.
            if let name = inner.name, !seen.insert(name).inserted { continue }
            self.collect(nested, into: &rows, depth: depth + 1, seen: &seen)
        }
    }

    private func example(_ method: MethodDescription) -> String {
        var text = self.style.bold("Call it") + "\n"
        let line = RequestTemplate.commandLine(method: method.name, request: method.request)
        text += "  \(line.escapingControls())\(self.inputExample(method))\n\n"
        guard let fields = method.request.fields, !fields.isEmpty else {
            return String(text.dropLast())
        }
        text += self.style.bold("Or with --json @file")
        var request = method.request
        if fields.count > Self.templateFieldCount {
            request.fields = fields.filter { !$0.isOptional }
            text += self.style.dim("  all fields: rpcctl describe \(method.name) --template")
        }
        text += "\n"
        let json = JSONText(
            style: self.style, columnCount: self.width, isForTerminal: self.columnCount != nil)
        let template = json.pretty(RequestTemplate.value(of: request))
        for line in template.split(separator: "\n", omittingEmptySubsequences: false) {
            text += "  \(line)\n"
        }
        return text
    }

    private func inputExample(_ method: MethodDescription) -> String {
        guard let input = method.input else { return "" }
        return input.onlyBytesField != nil ? " --upload FILE" : " --input FILE"
    }

    private var width: Int { self.columnCount.map { max(60, min($0, 120)) } ?? 100 }

    static func words(_ shape: CallShape) -> String {
        switch shape {
        case .unary: "one request, one reply"
        case .serverStream: "answers with a stream"
        case .clientStream: "takes a stream"
        case .bidirectional: "streams both ways"
        }
    }

    static func words(_ repeatability: Repeatability) -> String {
        switch repeatability {
        case .readOnly: "yes, it changes nothing"
        case .idempotent: "yes, twice is the same as once"
        case .withKey: "with the same idempotency key"
        case .never: "no"
        }
    }

    static func words(_ answer: KeyedAnswer) -> String {
        switch answer {
        case .notKept: "the same as without"
        case .kept: "done once, and answered alike each time"
        case .credential: "the same as without: the answer carries a credential"
        }
    }
}
