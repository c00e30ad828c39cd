extension Setting where Value == String {
    /// A text; surrounding white space is removed.
    package static func text(
        _ name: String, default defaultText: String, _ documentation: String,
        isSecret: Bool = false
    ) -> Setting {
        Setting(name, kind: "a text", default: defaultText, documentation, isSecret: isSecret) {
            text throws(SettingProblem) in text
        }
    }

    /// An absolute path of a file or directory.
    package static func path(
        _ name: String, default defaultText: String, _ documentation: String
    ) -> Setting {
        Setting(name, kind: "an absolute path", default: defaultText, documentation) {
            text throws(SettingProblem) in
            guard text.isEmpty || text.hasPrefix("/") else {
                throw SettingProblem("is not an absolute path")
            }
            return text
        }
    }
}

extension Setting where Value == Int {
    /// A whole number within bounds.
    package static func integer(
        _ name: String, default defaultValue: Int, in range: ClosedRange<Int>,
        _ documentation: String
    ) -> Setting {
        let kind = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Setting(name, kind: kind, default: "\(defaultValue)", documentation) {
            text throws(SettingProblem) in
            guard let number = Int(text) else { throw SettingProblem("is not a whole number") }
            guard range.contains(number) else {
                throw SettingProblem("is not from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }
}

extension Setting where Value == UInt16 {
    /// A file mode in octal digits, permission bits only.
    package static func fileMode(
        _ name: String, default defaultText: String, _ documentation: String
    ) -> Setting {
        Setting(name, kind: "an octal file mode", default: defaultText, documentation) {
            text throws(SettingProblem) in
            guard let mode = UInt16(text, radix: 8), mode <= 0o777 else {
                throw SettingProblem("is not an octal file mode such as 0660")
            }
            return mode
        }
    }
}

extension Setting where Value == Bool {
    /// `yes` or `no`, `true` or `false`, `on` or `off`, `1` or `0`.
    package static func flag(
        _ name: String, default defaultValue: Bool, _ documentation: String
    ) -> Setting {
        let defaultText = defaultValue ? "yes" : "no"
        return Setting(name, kind: "yes or no", default: defaultText, documentation) {
            text throws(SettingProblem) in
            switch text.lowercased() {
            case "yes", "true", "on", "1": return true
            case "no", "false", "off", "0": return false
            default: throw SettingProblem("is neither yes nor no")
            }
        }
    }
}

extension Setting where Value == [String] {
    /// Texts between commas; empty ones are left out.
    package static func list(
        _ name: String, default defaultText: String = "", _ documentation: String
    ) -> Setting {
        Setting(name, kind: "texts between commas", default: defaultText, documentation) {
            text throws(SettingProblem) in text.settingItems
        }
    }
}

extension Setting where Value == Duration {
    /// A time such as `500ms`, `10s`, `5m`, `2h` or `14d`, within bounds.
    package static func duration(
        _ name: String, default defaultText: String,
        in range: ClosedRange<Duration> = .zero ... .seconds(315_360_000),
        _ documentation: String
    ) -> Setting {
        Setting(
            name, kind: "a duration such as 500ms, 10s, 5m, 2h or 14d",
            default: defaultText, documentation
        ) { text throws(SettingProblem) in
            guard let duration = Duration(setting: text) else {
                throw SettingProblem("is not a duration such as 500ms, 10s, 5m, 2h or 14d")
            }
            guard range.contains(duration) else {
                throw SettingProblem(
                    "is not a duration from \(range.lowerBound) to \(range.upperBound)")
            }
            return duration
        }
    }
}

extension Setting
where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the raw values of an enumeration.
    package static func choice(
        _ name: String, default defaultValue: Value, _ documentation: String
    ) -> Setting {
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(
            name, kind: "one of \(names)", default: defaultValue.rawValue, documentation
        ) { text throws(SettingProblem) in
            guard let value = Value(rawValue: text) else {
                throw SettingProblem("is none of \(names)")
            }
            return value
        }
    }
}

extension String {
    /// The parts between commas, without surrounding white space; empty parts are left out.
    package var settingItems: [String] {
        self.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmed: String {
        String(
            self.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

extension Duration {
    /// Reads a number followed by `ms`, `s`, `m`, `h` or `d`; a space may stand between them.
    package init?(setting text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits) else { return nil }
        let scale: Int64
        switch text.dropFirst(digits.count).trimmed {
        case "ms": scale = 1
        case "s": scale = 1_000
        case "m": scale = 60_000
        case "h": scale = 3_600_000
        case "d": scale = 86_400_000
        default: return nil
        }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        self = .milliseconds(milliseconds)
    }
}
