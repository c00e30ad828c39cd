import FoundationEssentials

/// What `~/.config/steward/rpcctl.json` says: named installations, and which one is meant.
struct ContextConfiguration: Codable, Hashable, Sendable {
    /// The context that commands use when nothing else names one.
    var current: String?
    var contexts: [String: Context] = [:]

    /// Where the services of one installation are.
    struct Context: Codable, Hashable, Sendable {
        /// The directory with the services' sockets.
        var runtimeDirectory: String?
        /// Addresses of single services, which go before the directory.
        var peers: [String: [String]]?
        /// The key that the audit log's signatures are believed by, as a C2SP vkey.
        var auditKey: String?
    }

    /// The name that stands for “nothing configured”.
    static let defaultName = "default"

    /// Whether a name can be a context's: it becomes part of a file name.
    static func isValid(name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.first != "-"
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Refuses a name that can't be a context's.
    static func check(name: String) throws {
        guard self.isValid(name: name) else {
            throw CommandFailure.usage(
                "“\(name)” can't be a context's name: 1 to 64 letters, digits, “-” and “_”.")
        }
    }
}

/// The file that keeps the contexts.
struct ContextFile: Sendable {
    let path: String

    /// What the file says; nothing at all if there is none.
    ///
    /// - Throws: a ``CommandFailure`` with status 78 that names the file.
    func load() throws -> ContextConfiguration {
        guard let content = try PrivateFile(path: self.path).read() else {
            return ContextConfiguration()
        }
        do {
            return try JSONDecoder().decode(ContextConfiguration.self, from: Data(content))
        } catch {
            throw CommandFailure.configuration(
                "\(self.path) is not a configuration of rpcctl: \(DecodingProblem.text(error)).",
                hints: ["correct or remove the file"])
        }
    }

    /// Replaces the file in one step.
    func save(_ configuration: ContextConfiguration) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let content = try [UInt8](encoder.encode(configuration)) + [UInt8(ascii: "\n")]
        try PrivateFile(path: self.path).replace(with: content)
    }
}

/// Where and why a JSON file could not be understood.
enum DecodingProblem {
    static func text(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "“\(key.stringValue)” is missing"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            "“\(context.codingPath.map(\.stringValue).joined(separator: "."))” has the wrong type"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "“\(context.codingPath.map(\.stringValue).joined(separator: "."))” has a wrong value"
        default: "it is not valid JSON"
        }
    }
}
