import ArgumentParser
import BenchmarkSupport
import Foundation
import RPC

/// Measures how `rpc.Echo` grows with connections and with bytes.
struct Growth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Echo by the number of connections and by the size of the body."
    )

    @Option(help: "Seconds of one measurement.") var seconds = 1.0

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("transport-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let path = "\(directory)/steward"
        let server = try TransportBenchmark.start(.steward, path)
        defer {
            server.terminate()
            // What is left of a temporary directory harms nobody.
            try? FileManager.default.removeItem(atPath: directory)
        }
        try await TransportBenchmark.waitForSockets([path])

        print("connections  in flight    calls/s  server us/call")
        for count in [1, 4, 16, 64, 256, 1_024] {
            let load = Load(
                inFlight: max(64, count), byteCount: 100, duration: .seconds(self.seconds))
            let (rate, time) = try await self.measure(path, server, connections: count, load)
            print(
                Self.column(count, 11), Self.column(load.inFlight, 10),
                Self.column(Int(rate.perSecond), 10), String(format: "%15.1f", time))
        }
        print("      bytes  in flight    calls/s     MiB/s each way")
        // A message may have 4 MiB; what names the field has to fit as well.
        for byteCount in [16, 256, 4_096, 65_536, 1 << 20, 1 << 22 - 64] {
            let load = Load(
                inFlight: 16, byteCount: byteCount, duration: .seconds(self.seconds))
            let (rate, _) = try await self.measure(path, server, connections: 1, load)
            let mebibytes = rate.perSecond * Double(byteCount) / 1_048_576
            print(
                Self.column(byteCount, 11), Self.column(load.inFlight, 10),
                Self.column(Int(rate.perSecond), 10), String(format: "%18.1f", mebibytes))
        }
    }

    /// The rate, and the server's processor time for a call in microseconds.
    private func measure(
        _ path: String, _ server: Process, connections: Int, _ load: Load
    ) async throws -> (Rate, Double) {
        let clients = (0..<connections).map { _ in
            RPCClient([.unix(path: path)], name: "benchmark")
        }
        let request = Echo(body: Data(repeating: 7, count: load.byteCount))
        for client in clients { _ = try await client.call(request) }
        let before = ProcessorTime.seconds(of: server.processIdentifier)
        let rate = try await load.run(on: clients[0].taskExecutor) { caller in
            _ = try await clients[caller % connections].call(request)
        }
        let used = ProcessorTime.seconds(of: server.processIdentifier) - before
        for client in clients { await client.close() }
        let calls = Double(rate.callCount) * ((rate.duration + load.warmUp) / rate.duration)
        return (rate, used * 1e6 / calls)
    }

    private static func column(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
