package import ArgumentParser
internal import Postgres

/// A service's main: says what the service is and gets its commands from that.
///
///     @main
///     struct IdentityService: AsyncParsableCommand, ServiceProgram {
///         static let configuration = commands("Knows people and what they may do.")
///         static let definition = ServiceDefinition(name: "identity", …)
///     }
package protocol ServiceProgram: AsyncParsableCommand {
    /// What the service is.
    static var definition: ServiceDefinition { get }
}

extension ServiceProgram {
    /// The program's commands: `serve` (also without a name), `migrate`, `check-configuration`, and
    /// the service's own.
    package static func commands(
        _ abstract: String, and own: [any ParsableCommand.Type] = []
    ) -> CommandConfiguration {
        CommandConfiguration(
            commandName: "steward-\(Self.definition.name)",
            abstract: abstract,
            version: Self.definition.build,
            subcommands: [
                ServeCommand<Self>.self, MigrateCommand<Self>.self,
                CheckConfigurationCommand<Self>.self, BeginAuditEpochCommand<Self>.self,
            ] + own,
            defaultSubcommand: ServeCommand<Self>.self)
    }

    /// Runs a command of this service: what keeps it from its work is one line on standard error
    /// and an exit code, never a trace.
    package static func reportingFailure(_ command: () async throws -> Void) async throws {
        do {
            try await command()
        } catch let error as ExitCode {
            throw error
        } catch let error as StartupError {
            Self.printFailure(error.description)
            throw ExitCode(error.exitCode)
        } catch {
            Self.printFailure("\(error)")
            throw ExitCode(1)
        }
    }

    private static func printFailure(_ text: String) {
        let line = LogRedaction.singleLine(LogRedaction.masked(text))
        LogOutput.standardError.write("steward-\(Self.definition.name): \(line)\n")
    }
}

/// `serve`: runs the service until it is asked to stop.
package struct ServeCommand<Program: ServiceProgram>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "serve", abstract: "Serve until asked to stop by SIGTERM or SIGINT.")
    }

    @OptionGroup private var options: ServiceOptions

    package init() {}

    package func run() async throws {
        try await Program.reportingFailure {
            try await ServiceRunner.run(Program.definition, options: self.options)
        }
    }
}

/// `migrate`: brings the schema up to date with the owner's credential.
package struct MigrateCommand<Program: ServiceProgram>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "migrate",
            abstract: "Bring the schema up to date, with the credential STEWARD_OWNER_DATABASE.")
    }

    @OptionGroup private var options: ServiceOptions

    package init() {}

    package func run() async throws {
        try await Program.reportingFailure {
            let definition = Program.definition
            let settings = try self.options.settings(for: definition)
            guard !settings[.ownerDatabase].isEmpty else {
                throw StartupError.configuration("STEWARD_OWNER_DATABASE is not set.")
            }
            let configured = settings[.ownerRole]
            let applied = try await definition.migrator.migrate(
                connectionString: settings[.ownerDatabase],
                role: configured.isEmpty ? definition.ownerRole : configured)
            for migration in applied {
                print("Applied V\(migration.version) \(migration.name).")
            }
            print("The schema \(definition.schema) is up to date.")
        }
    }
}

/// `check-configuration`: lists every setting with its value and where it came from.
package struct CheckConfigurationCommand<Program: ServiceProgram>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check-configuration",
            abstract: "Check the settings and list them with their origin.")
    }

    @OptionGroup private var options: ServiceOptions

    package init() {}

    package func run() async throws {
        try await Program.reportingFailure {
            let settings = try self.options.settings(for: Program.definition)
            for line in settings.listing { print(line) }
            for key in settings.unknownKeys {
                print("warning: \(key) is not a setting of any service; is it misspelt?")
            }
        }
    }
}
