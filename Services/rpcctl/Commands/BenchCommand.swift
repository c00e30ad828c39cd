import ArgumentParser
import RPC
import Wire

/// Runs `rpcctl bench`.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures how fast a method answers.",
        usage: """
            rpcctl bench METHOD [key=value ...] [options]
            rpcctl bench SERVICE METHOD [key=value ...] [options]
            """,
        discussion: """

            Calls a method with one reply again and again, with the fields that rpcctl call takes. \
            The calls are real: what the method changes is changed.

            Without --rate each call in flight is followed by the next as soon as it is answered. \
            With --rate calls are due at fixed times and their latency counts from then on, \
            whether or not one could be sent, so that a service that stalls can't hide it.

            Ctrl-C ends it early, shows what was measured so far, and exits with 130. If no call \
            was answered, the exit code is that of the most frequent error.
            """)

    @Argument(
        help: ArgumentHelp(
            "The method, such as rpc.Echo, then its fields.", valueName: "method"),
        completion: Completion.call)
    var words: [String]

    @Option(help: ArgumentHelp("How many calls are open at a time.", valueName: "n"))
    var inFlight = 1

    @Option(help: ArgumentHelp("How long to measure: 10, 500ms, 2m.", valueName: "seconds"))
    var duration = SecondsArgument(duration: .seconds(5))

    @Option(help: ArgumentHelp("How many calls a second to make.", valueName: "r"))
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            "How many connections to use; as many as the calls in flight need if absent.",
            valueName: "c"))
    var connections: Int?

    @Option(help: ArgumentHelp("The whole request: '{…}', @file or - .", valueName: "json"))
    var json: String?

    @Option(help: ArgumentHelp("How long one call may take: 500ms, 5s.", valueName: "time"))
    var timeout: DurationArgument?

    @Flag(help: "Call without your token.")
    var noToken = false

    @OptionGroup var target: AddressOptions
    @OptionGroup var output: FormatOptions

    /// Calls in flight on one connection, by a server's default limit.
    private static let streamCount = 128

    func validate() throws {
        guard (1...100_000).contains(self.inFlight) else {
            throw ValidationError("--in-flight is a number from 1 to 100000.")
        }
        guard (1...1_000).contains(self.connectionCount) else {
            throw ValidationError("--connections is a number from 1 to 1000.")
        }
        if let rate, !(rate > 0 && rate <= 10_000_000) {
            throw ValidationError("--rate is a number of calls a second, more than 0.")
        }
    }

    private var connectionCount: Int {
        self.connections ?? (self.inFlight + Self.streamCount - 1) / Self.streamCount
    }

    func run() async throws {
        let installation = try self.target.installation()
        let target = try await MethodTarget.read(self.words, in: installation)
        let words = try RequestWords(target.rest, json: self.json)
        let service = try ServiceConnection(
            service: target.service(in: installation), installation: installation)
        let description = try await service.describe(target.method)
        guard description.shape == .unary else {
            throw CommandFailure.usage(
                "\(description.name) streams; only methods with one reply can be measured.")
        }
        let request = try words.request(as: description.request)
        let tokens = self.noToken ? nil : try installation.tokens(for: description)
        let options = CallOptions(
            timeout: self.timeout?.duration, token: try await tokens?.token())
        let clients = (0..<self.connectionCount).map { _ in
            RPCClient(service.addresses, name: "rpcctl/\(Version.current)")
        }
        let tally = CallTally()
        let load = CallLoad(
            clients: clients,
            call: try service.client.prepare(
                method: description.name, options: options, request: request.encoded()),
            inFlight: self.inFlight, duration: self.duration.duration, rate: self.rate,
            tally: tally)
        let measurement: CallMeasurement
        do {
            measurement = try await Self.measure(load)
        } catch let error as RPCError {
            throw service.explain(error)
        }
        try self.show(measurement, description)
        if measurement.calls == 0, let failure = measurement.failures.first?.failure {
            throw ExitStatusOnly(status: service.explain(failure.error).status)
        }
    }

    /// Measures, and shows on a terminal how far it is.
    private static func measure(_ load: CallLoad) async throws -> CallMeasurement {
        let start = ContinuousClock.now
        return try await Progress.shown { style in
            let errors = load.tally.failureCounts.reduce(0) { $0 + $1.failure.count }
            return ProgressLine(style: style).text(
                elapsed: start.duration(to: .now), of: load.duration,
                calls: load.tally.successCount, errors: errors)
        } while: {
            try await load.run()
        }
    }

    private func show(
        _ measurement: CallMeasurement, _ description: MethodDescription
    ) throws {
        guard self.output.format == .table else {
            return try ResultPrinter(self.output.format).reply(
                measurement.value(self.plan(description)))
        }
        let stream = OutputStream.standardOutput
        let calls = self.inFlight == 1 ? "1 call" : "\(self.inFlight) calls"
        let connections =
            self.connectionCount == 1 ? "1 connection" : "\(self.connectionCount) connections"
        let rate = self.rate.map { " · \($0.plain) calls/s wanted" } ?? ""
        let page = MeasurementPage(style: stream.style, columnCount: stream.columnCount)
        try stream.write(
            page.text(
                measurement, method: description.name,
                plan: "\(calls) in flight · \(connections)\(rate)"))
    }

    private func plan(_ description: MethodDescription) -> [(String, CBORValue)] {
        var plan: [(String, CBORValue)] = [
            ("method", .text(description.name)), ("in_flight", CBORValue(self.inFlight)),
            ("connections", CBORValue(self.connectionCount)),
        ]
        if let rate { plan.append(("rate", .float(rate))) }
        return plan
    }
}

extension Double {
    /// Without a fraction where there is none.
    fileprivate var plain: String {
        self == self.rounded() && self < 1e15 ? "\(Int64(self))" : "\(self)"
    }
}
