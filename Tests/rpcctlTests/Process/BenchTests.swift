import Foundation
import Testing

@testable import rpcctl

@Suite("Measuring, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct BenchTests {
    private struct Result: Decodable {
        struct Latency: Decodable {
            var p50: Double
            var p90: Double
            var p99: Double
            var p999: Double
            var max: Double
        }
        var method: String
        var calls: Int
        var calls_per_second: Double
        var errors: Int
        var errors_by_reason: [String: Int]
        var unsent: Int?
        var latency_us: Latency?
    }

    private func read(_ result: RunningCommand.Result) throws -> Result {
        try JSONDecoder().decode(Result.self, from: Data(result.output.utf8))
    }

    private struct Counted: Decodable {
        struct Method: Decodable {
            var method: String
            var calls: Int
        }
        var methods: [Method]
    }

    /// How many calls of a method the lab's service has counted itself.
    private func count(_ method: String, in lab: Lab) async throws -> Int? {
        let output = try await lab.run("stats", "lab", "--format", "json").output
        let services = try JSONDecoder().decode([Counted].self, from: Data(output.utf8))
        return services.first?.methods.first { $0.method == method }?.calls
    }

    @Test("The calls it reports are those the service has answered", arguments: [1, 4, 200])
    func calls(inFlight: Int) async throws {
        let lab = try await Lab()
        let output = try await lab.run(
            "bench", "lab.Repeat", "text=a", "--in-flight", "\(inFlight)", "--duration", "200ms",
            "--format", "json")
        #expect(output.status == 0, "\(output.errors)")
        #expect(output.errors == "")
        let result = try self.read(output)
        #expect(result.method == "lab.Repeat")
        #expect(result.calls >= inFlight && result.errors == 0)
        #expect(result.calls_per_second > 0)
        let latency = try #require(result.latency_us)
        #expect(latency.p50 > 0 && latency.p50 <= latency.p90 && latency.p90 <= latency.p99)
        #expect(latency.p99 <= latency.p999 && latency.p999 <= latency.max)
        #expect(try await self.count("lab.Repeat", in: lab) == result.calls)
        await lab.stop()
    }

    @Test("Calls are spread over as many connections as are asked for")
    func connections() async throws {
        let lab = try await Lab()
        let result = try await lab.run(
            "bench", "lab.Repeat", "text=a", "--in-flight", "3", "--connections", "3",
            "--duration", "100ms", "--format", "json")
        #expect(result.output.contains("\"connections\":3"))
        let stats = try await lab.run("stats", "lab", "--format", "json")
        // Three to measure, one to describe the method, one of stats itself.
        #expect(stats.output.contains("\"total\":5"), "\(stats.output)")
        await lab.stop()
    }

    @Test("Errors are counted by reason, and if there is nothing else the exit code is theirs")
    func errors() async throws {
        let lab = try await Lab()
        let output = try await lab.run(
            "bench", "lab.Fail", "code=5", "--duration", "100ms", "--format", "json")
        #expect(output.status == 105)
        let result = try self.read(output)
        #expect(result.calls == 0 && result.errors > 0 && result.latency_us == nil)
        #expect(result.errors_by_reason == ["lab.failed": result.errors])
        #expect(try await self.count("lab.Fail", in: lab) == result.errors)
        let page = try await lab.run("bench", "lab.Fail", "code=5", "--duration", "100ms")
        #expect(page.output.contains("lab.failed: As you wish."))
        await lab.stop()
    }

    @Test("With a rate every call that was due is accounted for")
    func rate() async throws {
        let lab = try await Lab()
        let output = try await lab.run(
            "bench", "lab.Repeat", "text=a", "--rate", "100", "--in-flight", "2", "--duration",
            "300ms", "--format", "json")
        let result = try self.read(output)
        #expect(result.calls + (result.unsent ?? 0) == 30)
        #expect(try await self.count("lab.Repeat", in: lab) == result.calls)
        await lab.stop()
    }

    @Test("A service that stalls can't hide the calls that were due meanwhile")
    func stall() async throws {
        let lab = try await Lab()
        let output = try await lab.run(
            "bench", "lab.Hang", "--rate", "100", "--in-flight", "1", "--duration", "300ms",
            "--timeout", "500ms", "--format", "json")
        #expect(output.status == 104)
        let result = try self.read(output)
        #expect(result.calls == 0 && result.errors == 1 && result.unsent == 29)
        await lab.stop()
    }

    @Test("Ctrl-C shows what was measured so far, is 130, and leaves no call behind")
    func interrupt() async throws {
        let lab = try await Lab()
        let command = try lab.start(
            "bench", "lab.Hang", "--in-flight", "2", "--duration", "600", "--format", "json")
        await lab.journal.wait(for: "hang began")
        command.send(signal: SIGINT)
        let output = await command.result()
        #expect(output.status == 130)
        let result = try self.read(output)
        #expect(result.calls == 0 && result.errors == 0)
        await lab.journal.wait(for: "hang ended")
        await lab.stop()
    }

    @Test("A terminal shows how far it is, then the figures and a histogram")
    func terminal() async throws {
        let lab = try await Lab()
        let command = try lab.startOnTerminal(
            "bench", "lab.Repeat", "text=a", "--duration", "500ms")
        await command.expect("calls/s")
        let result = await command.result()
        #expect(result.status == 0)
        #expect(result.output.contains("p999"))
        #expect(result.output.contains("█"))
        await lab.stop()
    }

    @Test("What can't be measured is refused before the first call")
    func refused() async throws {
        let lab = try await Lab()
        let stream = try await lab.run("bench", "lab.Count", "upTo=1")
        #expect(stream.status == 64 && stream.errors.contains("lab.Count streams"))
        let field = try await lab.run("bench", "lab.Repeat", "txt=a")
        #expect(field.status == 65 && field.errors.contains("did you mean “text”?"))
        #expect(try await lab.run("bench", "lab.Repeat", "--in-flight", "0").status == 64)
        #expect(try await lab.run("bench", "lab.Repeat", "--rate", "0").status == 64)
        #expect(try await lab.run("bench", "labs.Repeat", "text=a").status == 69)
        await lab.stop()
    }
}
