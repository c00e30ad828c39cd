/// A configuration file: `KEY = value` lines, `#` comments, values optionally in double quotes.
///
/// systemd reads the same form with `EnvironmentFile=`, so one file may serve both.  A line that is
/// none of these is an error that names its number, never skipped.
struct SettingsFile {
    /// The values by key, in the order of the file where it matters to nobody.
    let values: [String: String]

    /// Reads a file's text.
    ///
    /// - Throws: ``StartupError`` naming the file and the line.
    init(text: String, path: String) throws(StartupError) {
        var values: [String: String] = [:]
        var number = 0
        // To Swift a carriage return with its line feed is one character.
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isLineEnd) {
            number += 1
            let content = line.trimmed
            guard !content.isEmpty, !content.hasPrefix("#") else { continue }
            guard let equals = content.firstIndex(of: "=") else {
                throw .configuration("\(path), line \(number): not a line KEY = value.")
            }
            let key = content[..<equals].trimmed
            guard Self.isKey(key) else {
                throw .configuration("\(path), line \(number): \"\(key)\" is no key.")
            }
            guard let value = Self.unquoted(content[content.index(after: equals)...].trimmed)
            else {
                throw .configuration("\(path), line \(number): \(key) lacks its closing quote.")
            }
            guard values.updateValue(value, forKey: key) == nil else {
                throw .configuration("\(path), line \(number): \(key) is given twice.")
            }
        }
        self.values = values
    }

    private static func isKey(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "_")
            }
    }

    private static func unquoted(_ text: String) -> String? {
        guard text.hasPrefix("\"") else { return text }
        guard text.utf8.count >= 2, text.hasSuffix("\"") else { return nil }
        return String(text.dropFirst().dropLast())
    }
}

extension Character {
    fileprivate var isLineEnd: Bool { self == "\n" || self == "\r\n" }
}
