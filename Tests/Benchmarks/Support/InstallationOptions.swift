public import ArgumentParser
import Foundation

/// Where the running Steward is, and how long it is measured.
public struct InstallationOptions: ParsableArguments {
    @Option(help: "The user of the machine who may be Postgres's superuser, if not the caller.")
    public var postgresUser: String?
    @Option(help: "How often each is measured; medians are shown.") public var rounds = 5
    @Option(help: "Seconds of one measurement.") public var seconds = 5

    /// What the command line says.
    public init() {}

    /// The directory of the sockets.
    public var sockets: String {
        get throws { try self.variable("STEWARD_RUNTIME_DIRECTORY") }
    }

    /// The server.
    public var postgres: Postgres {
        get throws {
            Postgres(
                programs: try self.variable("STEWARD_POSTGRES_BIN"),
                sockets: "\(try self.sockets)/postgres", user: self.postgresUser)
        }
    }

    private func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw ValidationError("Source the variables of a running Steward: . .steward/env")
        }
        return value
    }
}
