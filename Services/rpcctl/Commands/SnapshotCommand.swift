import ArgumentParser

/// Runs `rpcctl snapshot`.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Prints what services offer, for rpcctl diff to compare with later.",
        discussion: """
            The file is JSON with a line a field: keep it beside the program that relies on it, or \
            beside the service's own code.
            """)

    @Argument(help: "The services; all of them if absent.", completion: Completion.services)
    var services: [String] = []

    @OptionGroup var target: AddressOptions

    func run() async throws {
        let installation = try self.target.installation()
        let snapshot: ContractSnapshot
        if let address = installation.addressOverride {
            snapshot = try await ContractSource.address(address).snapshot(in: installation)
        } else {
            let names = self.services.isEmpty ? installation.services() : self.services
            guard !names.isEmpty else {
                throw SocketDoctor.examineDirectory(installation.runtimeDirectory)
            }
            snapshot = try await ContractSource.live(names, in: installation)
        }
        try OutputStream.standardOutput.write(try snapshot.text())
    }
}
