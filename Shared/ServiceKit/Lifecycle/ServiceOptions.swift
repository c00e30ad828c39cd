package import ArgumentParser

/// The options that every command of a service has.
package struct ServiceOptions: ParsableArguments, Sendable {
    /// The configuration file.
    @Option(
        name: .customLong("config"),
        help: "A file of KEY = value lines; the environment takes precedence.")
    package var configurationFile: String?

    /// Takes the options from the command line.
    package init() {}

    /// The settings of a service under these options.
    ///
    /// - Throws: ``StartupError`` naming the key, or the file and line, at fault.
    package func settings(
        for definition: ServiceDefinition
    ) throws(StartupError) -> ServiceSettings {
        try ServiceSettings(keys: definition.settingKeys, file: self.configurationFile)
    }
}
