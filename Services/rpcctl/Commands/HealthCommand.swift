import ArgumentParser
import RPC
import Wire

/// Runs `rpcctl health`.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Shows whether services are ready.",
        discussion: """
            Exits with 0 if all of them are ready, with 114 (unavailable) if one is not, and with \
            69 if one can't be reached.
            """)

    @Argument(help: "The service; all of them if absent.", completion: Completion.services)
    var service: String?

    @OptionGroup var target: AddressOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let installation = try self.target.installation()
        let reports = try await self.reports(in: installation)
        if self.output.format == .table {
            let stream = OutputStream.standardOutput
            let columnCount = stream.isTerminal ? stream.columnCount : nil
            try stream.write(HealthTable(style: stream.style).text(reports, columnCount))
        } else {
            try ResultPrinter(self.output.format).reply(.array(try reports.map { try $0.value() }))
        }
        if let failure = reports.lazy.compactMap(\.failure).first {
            throw ExitStatusOnly(status: failure.status)
        }
        if reports.contains(where: { $0.reply?.isReady == false }) {
            throw ExitStatusOnly(status: .remote(.unavailable))
        }
    }

    private func reports(in installation: Installation) async throws -> [HealthReport] {
        guard self.service == nil, installation.addressOverride == nil else {
            let connection = try ServiceConnection(
                service: self.service, installation: installation)
            let reply = try await connection.health()
            return [HealthReport(service: reply.service, reply: reply, failure: nil)]
        }
        return try await installation.askEach { name, connection in
            do {
                let reply = try await connection.get().health()
                return HealthReport(service: name, reply: reply, failure: nil)
            } catch let failure as CommandFailure {
                return HealthReport(service: name, reply: nil, failure: failure)
            } catch {
                return HealthReport(
                    service: name, reply: nil,
                    failure: CommandFailure(.unspecified, reason: "rpcctl.internal", "\(error)"))
            }
        }
    }
}

/// How one service is, or why it could not be asked.
struct HealthReport: Sendable {
    let service: String
    let reply: CheckHealth.Reply?
    let failure: CommandFailure?

    func value() throws -> CBORValue {
        if let reply = self.reply { return try CBORValue(encoding: reply) }
        return .object([
            ("service", .text(self.service)), ("isLive", .bool(false)), ("isReady", .bool(false)),
            ("failure", .text(self.failure?.message ?? "")),
        ])
    }
}
