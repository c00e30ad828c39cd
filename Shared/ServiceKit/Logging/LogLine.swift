internal import Logging

internal import struct FoundationEssentials.Date

/// One log event, written as one line.
struct LogLine {
    /// When it happened.
    let time: Date
    /// How severe it is.
    let level: Logger.Level
    /// Which logger wrote it.
    let label: String
    /// What happened.
    let message: String
    /// The facts to it; nested values flattened to `a.b` and `a.0`, in the order of their keys.
    let fields: [(key: String, value: String)]

    /// The longest message or value, in bytes; what is longer is cut, as a line has a bound.
    static let byteCountLimit = 8_192

    init(
        time: Date, level: Logger.Level, label: String, message: String,
        metadata: Logger.Metadata
    ) {
        self.time = time
        self.level = level
        self.label = label
        self.message = Self.safe(message)
        var fields: [(key: String, value: String)] = []
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            Self.flatten(key, value, into: &fields)
        }
        self.fields = fields
    }

    /// For people: `2026-01-31T12:00:00.000Z info identity: message key=value`.
    var text: String {
        var line = "\(Self.timestamp(self.time)) \(self.level.rawValue) \(self.label):"
        line += " \(self.message)"
        for field in self.fields { line += " \(field.key)=\(Self.quotedIfNeeded(field.value))" }
        return line
    }

    /// For machines: one JSON object (RFC 8259).
    var json: String {
        var line = "{\"time\":\"\(Self.timestamp(self.time))\""
        line += ",\"level\":\"\(self.level.rawValue)\",\"message\":\(Self.quoted(self.message))"
        line += ",\"label\":\(Self.quoted(self.label))"
        for field in self.fields {
            // Facts cannot take the place of what the line itself says.
            let isTaken = ["time", "level", "message", "label"].contains(field.key)
            let key = isTaken ? "metadata.\(field.key)" : field.key
            line += ",\(Self.quoted(key)):\(Self.quoted(field.value))"
        }
        return line + "}"
    }

    /// systemd's severity of the line, `<0>` to `<7>` (sd-daemon).
    var journalPriority: String {
        switch self.level {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }

    private static func flatten(
        _ key: String, _ value: Logger.Metadata.Value,
        into fields: inout [(key: String, value: String)]
    ) {
        let key = LogRedaction.singleLine(key)
        guard !LogRedaction.isSecret(key: key) else {
            fields.append((key, LogRedaction.mark))
            return
        }
        switch value {
        case .string(let text): fields.append((key, Self.safe(text)))
        case .stringConvertible(let value): fields.append((key, Self.safe(value.description)))
        case .dictionary(let values):
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                Self.flatten("\(key).\(name)", value, into: &fields)
            }
        case .array(let values):
            for (index, value) in values.enumerated() {
                Self.flatten("\(key).\(index)", value, into: &fields)
            }
        }
    }

    private static func safe(_ text: String) -> String {
        var text = text
        if text.utf8.count > Self.byteCountLimit {
            text = String(decoding: text.utf8.prefix(Self.byteCountLimit), as: UTF8.self) + "…"
        }
        return LogRedaction.singleLine(LogRedaction.masked(text))
    }

    private static func quotedIfNeeded(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && !text.contains { $0.isWhitespace || $0 == "\"" || $0 == "=" }
        return isPlain ? text : Self.quoted(text)
    }

    /// A JSON string; control characters are gone already.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func timestamp(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
