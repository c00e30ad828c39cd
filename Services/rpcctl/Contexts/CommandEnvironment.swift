import FoundationEssentials

/// The variables that decide where things are; a value, so that tests can bring their own.
struct CommandEnvironment: Sendable {
    private let variables: [String: String]

    /// The variables of this process.
    static let current = Self(variables: ProcessInfo.processInfo.environment)

    init(variables: [String: String]) { self.variables = variables }

    /// A variable's value; one that is empty counts as not set.
    subscript(_ name: String) -> String? {
        self.variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// All variables whose name begins with a prefix, without the prefix.
    func values(prefixedBy prefix: String) -> [String: String] {
        var values: [String: String] = [:]
        for (name, value) in self.variables where name.hasPrefix(prefix) && !value.isEmpty {
            values[String(name.dropFirst(prefix.count))] = value
        }
        return values
    }

    /// `$XDG_CONFIG_HOME/steward/rpcctl.json`, by default below `~/.config`.
    var configurationPath: String { self.configurationDirectory + "/rpcctl.json" }

    /// `$XDG_CONFIG_HOME/steward`, by default below `~/.config`.
    var configurationDirectory: String {
        self.directory("XDG_CONFIG_HOME", default: ".config") + "/steward"
    }

    /// `$XDG_STATE_HOME/steward/rpcctl`, by default below `~/.local/state`.
    var stateDirectory: String {
        self.directory("XDG_STATE_HOME", default: ".local/state") + "/steward/rpcctl"
    }

    /// The XDG base directory specification says to ignore paths that are not absolute.
    private func directory(_ variable: String, default relative: String) -> String {
        if let path = self[variable], path.hasPrefix("/") { return path }
        return (self["HOME"] ?? "/nonexistent") + "/" + relative
    }
}
