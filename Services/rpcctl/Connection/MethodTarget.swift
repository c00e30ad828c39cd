/// Which method of which service a command line means.
struct MethodTarget: Hashable, Sendable {
    /// `service.Method`.
    let method: String
    /// The service that was named before the method.
    let namedService: String?
    /// What follows on the command line.
    let rest: [String]

    /// Reads `METHOD …` or `SERVICE METHOD …`.
    init(words: [String]) throws {
        guard let first = words.first else { throw CommandFailure.usage("Which method?") }
        if Self.isMethod(first) {
            self.method = first
            self.namedService = nil
            self.rest = Array(words.dropFirst())
        } else if words.count > 1, Self.isService(first), Self.isMethod(words[1]) {
            self.method = words[1]
            self.namedService = first
            self.rest = Array(words.dropFirst(2))
        } else {
            throw CommandFailure.usage(
                "“\(first)” is not a method's name: those read service.Method.",
                hints: Self.isService(first) ? ["rpcctl list \(first)"] : ["rpcctl list"])
        }
    }

    /// The service to ask: the one named, or the method's prefix.
    ///
    /// - Throws: a ``CommandFailure`` if every service has the method and more than one is there.
    func service(in installation: Installation) throws -> String? {
        if let namedService { return namedService }
        let prefix = String(self.method.prefix { $0 != "." })
        guard prefix == "rpc" else { return prefix }
        if installation.addressOverride != nil { return nil }
        let services = installation.services()
        guard services.count != 1 else { return services[0] }
        throw CommandFailure.usage(
            "Every service has \(self.method): say which one.",
            hints: services.isEmpty
                ? ["no service was found in \(installation.runtimeDirectory)"]
                : ["put it before the method: \(services[0]) \(self.method) …"])
    }

    static func isMethod(_ word: String) -> Bool {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count >= 2 && parts.allSatisfy { self.isService($0) }
    }

    static func isService(_ word: some StringProtocol) -> Bool {
        !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
