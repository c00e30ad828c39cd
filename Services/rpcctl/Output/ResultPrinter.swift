import RPC
import Wire

/// Writes what a method answers to standard output, in the format that was asked for.
struct ResultPrinter {
    let output: OutputStream
    let format: OutputFormat
    private let json: JSONText
    private var stream: StreamTable
    private let type: TypeDescription?

    /// - Parameter type: of the reply or element, for the columns of a table.
    init(
        _ format: OutputFormat?, type: TypeDescription? = nil,
        output: OutputStream = .standardOutput
    ) {
        self.output = output
        self.format = format ?? (output.isTerminal ? .pretty : .json)
        self.type = type
        self.stream = StreamTable(type: type)
        self.json = JSONText(
            style: self.format == .pretty ? output.style : .plain,
            columnCount: output.columnCount, isForTerminal: output.isTerminal)
    }

    /// Writes a single answer.
    func reply(_ value: CBORValue) throws {
        switch self.format {
        case .json: try self.output.write(self.json.line(value) + "\n")
        case .pretty: try self.output.write(self.json.pretty(value) + "\n")
        case .table:
            let columnCount = self.output.isTerminal ? self.output.columnCount : nil
            let table = ReplyTable(type: self.type, style: self.output.style)
            try self.output.write(table.text(value, columnCount: columnCount))
        case .diag: try self.output.write(self.diagnostic(value) + "\n")
        }
    }

    /// Writes one element of a stream: one line, at once.
    mutating func element(_ value: CBORValue) throws {
        switch self.format {
        case .json, .pretty: try self.output.write(self.json.line(value) + "\n")
        case .table: try self.output.write(self.stream.line(value, style: self.output.style))
        case .diag: try self.output.write(self.diagnostic(value) + "\n")
        }
    }

    private func diagnostic(_ value: CBORValue) -> String {
        self.output.isTerminal ? value.diagnostic.escapingControls() : value.diagnostic
    }
}
