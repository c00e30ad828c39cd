internal import ArgumentParser
internal import ServiceKit

/// `steward-vault keyring-status`
struct ShowKeyringStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyring-status",
        abstract: "Read the keyring and its mirror, and tell what they hold.",
        discussion: "Changes nothing, and may be used while the service runs.")

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await VaultService.reportingFailure {
            try ProcessHardening.apply()
            let settings = try self.options.settings(for: VaultService.definition)
            let directory = KeyringSettings.directory(settings)
            let rootKey = try RootKeyFile.load(settings.credentials)
            let (keyring, _) = try KeyringImage.read(
                "\(directory.path)/\(KeyringCopy.name)", rootKey: rootKey)
            for line in KeyringDescription(keyring.state, keyring.header.vaultID).lines {
                print(line)
            }
            print("recovery  \(keyring.header.recovery == nil ? "none" : "by a recovery key")")
            guard let path = directory.mirrorPath else { return print("mirror    none") }
            let (mirror, _) = try KeyringImage.read(
                "\(path)/\(KeyringCopy.name)", rootKey: rootKey)
            let difference = keyring.state.counter - mirror.state.counter
            print(
                difference == 0
                    ? "mirror    the same" : "mirror    \(difference) changes behind")
        }
    }
}
