import ArgumentParser
import BenchmarkSupport
import Foundation
import Glibc

/// Measures `rpc.Echo` over a Unix socket.
///
/// It has no options of its own: a subcommand's of the same name would never get a value.
@main
struct TransportBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transport-benchmark",
        abstract: "Echo over a Unix socket.",
        subcommands: [Comparison.self, Serve.self, Call.self, Growth.self],
        defaultSubcommand: Comparison.self
    )
}

/// Measures `rpc.Echo` beside grpc-swift-2 and beside a raw socket, in turns.
struct Comparison: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Steward, grpc-swift-2 and a raw ping-pong in turns."
    )

    @Option(help: "How often each is measured; medians are shown.")
    var rounds = 5
    @Option(help: "Seconds of one measurement.")
    var seconds = 2.0
    @Option(help: "Calls in flight on the one connection, where not one.")
    var inFlight = 64
    @Option(help: "Bytes of the body.")
    var bytes = 100
    @Flag(help: "Leaves grpc-swift-2 out.")
    var withoutGrpc = false

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("transport-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        var servers: [Peer: Process] = [:]
        defer {
            for server in servers.values { server.terminate() }
            // What is left of a temporary directory harms nobody.
            try? FileManager.default.removeItem(atPath: directory)
        }
        for peer in Peer.allCases where peer != .grpc || !self.withoutGrpc {
            servers[peer] = try TransportBenchmark.start(peer, "\(directory)/\(peer.rawValue)")
        }
        try await TransportBenchmark.waitForSockets(servers.keys.map { "\(directory)/\($0.rawValue)" })

        let many = Load(
            inFlight: self.inFlight, byteCount: self.bytes, duration: .seconds(self.seconds))
        let one = Load(inFlight: 1, byteCount: self.bytes, duration: .seconds(self.seconds))
        var (steward, grpc, stewardOne, rawOne) = ([Double](), [Double](), [Double](), [Double]())
        var (clientTime, serverTime) = ([Double](), [Double]())
        let stewardServer = servers[.steward]?.processIdentifier ?? 0
        for _ in 0..<self.rounds {
            let before = (
                ProcessorTime.seconds(of: getpid()), ProcessorTime.seconds(of: stewardServer)
            )
            let rate = try await StewardEcho.measure(path: "\(directory)/steward", many)
            steward.append(rate.perSecond)
            let calls = Double(rate.callCount) * ((rate.duration + many.warmUp) / rate.duration)
            clientTime.append((ProcessorTime.seconds(of: getpid()) - before.0) * 1e6 / calls)
            serverTime.append((ProcessorTime.seconds(of: stewardServer) - before.1) * 1e6 / calls)
            if !self.withoutGrpc {
                grpc.append(try await GRPCEcho.measure(path: "\(directory)/grpc", many).perSecond)
            }
            stewardOne.append(
                try await StewardEcho.measure(path: "\(directory)/steward", one).microseconds)
            rawOne.append(try RawEcho.measure(path: "\(directory)/raw", one).microseconds)
        }
        print("\(self.inFlight) in flight, \(self.bytes) bytes, median of \(self.rounds)")
        print("  Steward       \(Self.text(median(steward))) calls/s")
        print("  processor     \(Self.text(median(clientTime))) us of the client per call")
        print("                \(Self.text(median(serverTime))) us of the server per call")
        if !grpc.isEmpty {
            print("  grpc-swift-2  \(Self.text(median(grpc))) calls/s")
            print("  ratio         \(Self.text(median(steward) / median(grpc)))")
        }
        print("one in flight")
        print("  Steward       \(Self.text(median(stewardOne))) us")
        print("  raw           \(Self.text(median(rawOne))) us")
        print("  ratio         \(Self.text(median(stewardOne) / median(rawOne)))")
    }

    private static func text(_ value: Double) -> String {
        String(format: value < 1_000 ? "%9.2f" : "%9.0f", value)
    }
}

extension TransportBenchmark {
    static func start(_ peer: Peer, _ path: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["serve", peer.rawValue, path]
        try process.run()
        return process
    }

    static func waitForSockets(_ paths: [String]) async throws {
        let end = ContinuousClock.now + .seconds(10)
        for path in paths {
            while true {
                if let descriptor = try? UnixSocket.connect(path) {
                    close(descriptor)
                    break
                }
                guard ContinuousClock.now < end else { throw SystemError("connect \(path)") }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}

/// Whom to measure.
enum Peer: String, CaseIterable, ExpressibleByArgument {
    case steward
    case grpc
    case raw
}

/// The server's process.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @Argument var peer: Peer
    @Argument var path: String

    func run() async throws {
        switch self.peer {
        case .steward: try await StewardEcho.serve(path: self.path)
        case .grpc: try await GRPCEcho.serve(path: self.path)
        case .raw: try RawEcho.serve(path: self.path)
        }
    }
}

/// The client's process alone, for a profiler.
struct Call: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Calls rpc.Echo of a running service, for a profiler."
    )

    @Argument(help: "The service's socket.") var path: String
    @Option(help: "Calls in flight.") var inFlight = 64
    @Option(help: "Seconds.") var seconds = 4.0
    @Option(help: "Bytes of the body.") var bytes = 100

    func run() async throws {
        let load = Load(
            inFlight: self.inFlight, byteCount: self.bytes, duration: .seconds(self.seconds))
        print(Int(try await StewardEcho.measure(path: self.path, load).perSecond), "calls/s")
    }
}
