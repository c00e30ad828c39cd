internal import Configuration

internal import class FoundationEssentials.ProcessInfo

/// The settings of a service, read and checked once when it starts.
///
/// A value comes from the first of these that has it: the process environment, the configuration
/// file, a file of the setting's name in the credentials directory, the default.
package struct ServiceSettings: Sendable {
    /// Where a value came from.
    package enum Origin: Sendable, Hashable, CustomStringConvertible {
        case environment
        case file(String)
        case credential(String)
        case byDefault

        /// A short form for listings.
        package var description: String {
            switch self {
            case .environment: "environment"
            case .file(let path): path
            case .credential(let name): "credential \(name)"
            case .byDefault: "default"
            }
        }
    }

    private struct Entry {
        let key: SettingKey
        let text: String
        let origin: Origin
    }

    private let entries: [String: Entry]
    private let order: [String]
    /// The secrets that are not settings, such as keys.
    package let credentials: CredentialsDirectory
    /// Keys of the configuration file that no service declares: most likely misspelt.
    package let unknownKeys: [String]

    /// Reads the settings of a service.
    ///
    /// - Parameters:
    ///   - keys: what the service declares beside ``SettingKey/common``.
    ///   - file: the configuration file; `nil` means the one that `STEWARD_CONFIGURATION_FILE`
    ///     names, if any.
    ///   - environment: the process environment.
    /// - Throws: ``StartupError`` that names the key, or the file and line, at fault.
    package init(
        keys: [SettingKey] = [],
        file: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(StartupError) {
        let keys = SettingKey.common + keys
        let path = file ?? environment["STEWARD_CONFIGURATION_FILE"]
        let values = try path.map { path throws(StartupError) in try Self.file(at: path) } ?? [:]
        let credentials = CredentialsDirectory(
            path: environment["STEWARD_CREDENTIALS_DIRECTORY"]
                ?? values["STEWARD_CREDENTIALS_DIRECTORY"] ?? environment["CREDENTIALS_DIRECTORY"])
        let sources = [
            Source(.environment, EnvironmentVariablesProvider(environmentVariables: environment)),
            Source(.file(path ?? ""), EnvironmentVariablesProvider(environmentVariables: values)),
        ]
        var entries: [String: Entry] = [:]
        for key in keys {
            let entry = try Self.entry(key, sources: sources, credentials: credentials)
            if let problem = key.problem(entry.text) {
                let shown = key.isSecret ? "" : " (\(entry.text))"
                throw .configuration("\(key.name)\(shown) \(problem).  Source: \(entry.origin).")
            }
            precondition(
                entries.updateValue(entry, forKey: key.name) == nil, "\(key.name) declared twice")
        }
        self.entries = entries
        self.order = keys.map(\.name)
        self.credentials = credentials
        self.unknownKeys = Self.unknown(in: values, declared: entries.keys)
    }

    /// The value of a setting that the service declared.
    package subscript<Value>(_ setting: Setting<Value>) -> Value {
        guard let entry = self.entries[setting.key.name] else {
            preconditionFailure("\(setting.key.name) is not declared by this service")
        }
        do {
            return try setting.value(of: entry.text)
        } catch {
            preconditionFailure("\(setting.key.name) was checked and does not change")
        }
    }

    /// Every setting with its value and origin, one line each; secrets are not shown.
    package var listing: [String] {
        self.order.compactMap { self.entries[$0] }.flatMap { entry in
            let value = entry.key.isSecret && !entry.text.isEmpty ? "(secret)" : entry.text
            return [
                "\(entry.key.name) = \(value)  [\(entry.origin)]",
                "    \(entry.key.documentation)  (\(entry.key.kind))",
            ]
        }
    }
}

extension ServiceSettings {
    private struct Source {
        let origin: Origin
        let reader: ConfigReader

        init(_ origin: Origin, _ provider: some ConfigProvider) {
            self.origin = origin
            self.reader = ConfigReader(provider: provider)
        }
    }

    private static func entry(
        _ key: SettingKey, sources: [Source], credentials: CredentialsDirectory
    ) throws(StartupError) -> Entry {
        let components = key.name.lowercased().split(separator: "_").map(String.init)
        for source in sources {
            let name = ConfigKey(components)
            if let text = source.reader.string(forKey: name, isSecret: key.isSecret)?.trimmed {
                return Entry(key: key, text: text, origin: source.origin)
            }
        }
        if let text = try credentials.text(named: key.credentialName) {
            return Entry(key: key, text: text, origin: .credential(key.credentialName))
        }
        return Entry(key: key, text: key.defaultText, origin: .byDefault)
    }

    private static func file(at path: String) throws(StartupError) -> [String: String] {
        try SettingsFile(text: try TextFile.contents(of: path), path: path).values
    }

    /// Keys of other services are theirs to know, and a file may be shared by all.
    private static func unknown(
        in values: [String: String], declared: some Collection<String>
    ) -> [String] {
        let foreign = Setting<String>.peerServices.map { "STEWARD_\($0.uppercased())_" }
        let declared = Set(declared).union(["STEWARD_CREDENTIALS_DIRECTORY"])
        return values.keys.filter { key in
            key.hasPrefix("STEWARD_") && !declared.contains(key)
                && !foreign.contains { key.hasPrefix($0) }
        }.sorted()
    }
}
