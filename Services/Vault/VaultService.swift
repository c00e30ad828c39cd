internal import ArgumentParser
internal import ServiceKit

/// `steward-vault`: keeps credentials that it does not read.
@main
struct VaultService: AsyncParsableCommand, ServiceProgram {
    static let configuration = commands(
        "Keeps credentials that it does not read.",
        and: [
            CreateRootKey.self, InitializeKeyring.self, CreateRecoveryKey.self,
            RestoreKeyring.self, ShowKeyringStatus.self,
        ])

    static let definition = ServiceDefinition(
        name: "vault", build: "0.1.0", migrations: [], settingKeys: KeyringSettings.keys
    ) { _ in throw StartupError.failed("The service is not part of this build.") }
}
