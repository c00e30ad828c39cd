import ArgumentParser
import RPC
import Wire

/// Runs `rpcctl stats`.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Shows what services have done since they started, and what they hold.",
        discussion: """
            Calls, errors and latencies of each method; connections, traffic and what was refused; \
            memory; the database's connections. Only operators may see it: root, the user that \
            runs all services where one user does, and whom STEWARD_PEER_USERS calls operator.

            --watch asks again and again until Ctrl-C and shows the calls a second between two \
            answers; in a pipe with --format json it prints one line an answer.
            """)

    @Argument(help: "The service; all of them if absent.", completion: Completion.services)
    var service: String?

    @Option(help: ArgumentHelp("Ask again after this time: 2, 500ms.", valueName: "seconds"))
    var watch: SecondsArgument?

    @OptionGroup var target: AddressOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let installation = try self.target.installation()
        guard let watch else {
            let reports = try await self.reports(in: installation)
            try self.show(reports, after: [])
            return try Self.fail(reports)
        }
        let stream = OutputStream.standardOutput
        var last: [StatisticsReport] = []
        while true {
            let reports = try await self.reports(in: installation)
            if self.output.format == .table, stream.isTerminal {
                try stream.write(Self.clearedScreen)
            }
            try self.show(reports, after: last)
            last = reports
            try await Task.sleep(for: watch.duration)
        }
    }

    /// Home, and nothing below.
    private static let clearedScreen = "\u{1B}[H\u{1B}[2J"

    private func reports(in installation: Installation) async throws -> [StatisticsReport] {
        guard self.service == nil, installation.addressOverride == nil else {
            let connection = try ServiceConnection(
                service: self.service, installation: installation)
            let reply = try await connection.statistics()
            return [
                StatisticsReport(service: reply.service, place: connection.place, reply: reply)
            ]
        }
        return try await installation.askEach { name, connection in
            let place = installation.place(of: name)
            do {
                let reply = try await connection.get().statistics()
                return StatisticsReport(service: name, place: place, reply: reply)
            } catch {
                let failure =
                    error as? CommandFailure
                    ?? CommandFailure(.unspecified, reason: "rpcctl.internal", "\(error)")
                return StatisticsReport(service: name, place: place, failure: failure)
            }
        }
    }

    private func show(_ reports: [StatisticsReport], after last: [StatisticsReport]) throws {
        guard self.output.format == .table else {
            let value = CBORValue.array(try reports.map { try $0.value() })
            return try ResultPrinter(self.output.format).reply(value)
        }
        let stream = OutputStream.standardOutput
        let page = StatisticsPage(
            style: stream.style, columnCount: stream.isTerminal ? stream.columnCount : nil)
        try stream.write(page.text(reports, after: last))
    }

    /// One service that could not be asked among others is shown; none at all is a failure.
    private static func fail(_ reports: [StatisticsReport]) throws {
        if reports.allSatisfy({ $0.reply == nil }), let failure = reports.first?.failure {
            throw ExitStatusOnly(status: failure.status)
        }
    }
}

/// What one service counted, or why that could not be learnt.
struct StatisticsReport: Sendable {
    let service: String
    let place: String
    var reply: ReadStatistics.Reply?
    var failure: CommandFailure?

    func value() throws -> CBORValue {
        if let reply { return try CBORValue(encoding: reply) }
        return .object([
            ("service", .text(self.service)), ("failure", .text(self.failure?.message ?? "")),
        ])
    }
}
