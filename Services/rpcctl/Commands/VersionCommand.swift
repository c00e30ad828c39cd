import ArgumentParser
import RPC
import Wire

/// Runs `rpcctl version`.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Shows the versions of rpcctl and of the services.")

    @OptionGroup var context: ContextOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        var versions = [(name: "rpcctl", version: Version.current)]
        // Its own version is known even where no service is.
        let installation = try? self.context.installation()
        // As above.
        let services = try? await installation?.askEach { name, connection in
            do {
                return (name: name, version: try await connection.get().list().build)
            } catch {
                return (name: name, version: "unreachable")
            }
        }
        versions += services ?? []
        if self.output.format == .table {
            let output = OutputStream.standardOutput
            var table = TextTable(heading: ["", ""])
            table.paint = { column, cell in
                column == 0
                    ? output.style.bold(cell)
                    : cell == "unreachable" ? output.style.error(cell) : cell
            }
            table.rows = versions.map { [$0.name, $0.version] }
            return try output.write(table.text(style: output.style, columnCount: nil))
        }
        try ResultPrinter(self.output.format).reply(
            .object(versions.map { ($0.name, .text($0.version)) }))
    }
}
