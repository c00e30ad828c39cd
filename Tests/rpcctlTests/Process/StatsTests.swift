import Foundation
import Testing

@testable import rpcctl

@Suite("Statistics, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct StatsTests {
    @Test("stats shows every service with what was called, how often, and how that ended")
    func tables() async throws {
        let lab = try await Lab()
        for _ in 0..<3 { _ = try await lab.run("call", "lab.Repeat", "text=a") }
        _ = try await lab.run("call", "lab.Fail", "code=5")
        let result = try await lab.run("stats")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("identity  1.2.3 · up for "))
        #expect(result.output.contains("\nlab  1.2.3 · up for "))
        #expect(result.output.contains("  METHOD"))
        let repeats = try #require(result.lines.first { $0.hasPrefix("  lab.Repeat ") })
        #expect(repeats.split(separator: " ")[1] == "3")
        let fails = try #require(result.lines.first { $0.hasPrefix("  lab.Fail ") })
        #expect(fails.hasSuffix("1 not_found"))
        #expect(!result.output.contains("lab.Hang"))
        await lab.stop()
    }

    @Test("stats in JSON is what the services answered")
    func json() async throws {
        let lab = try await Lab()
        let result = try await lab.run("stats", "lab", "--format", "json")
        #expect(result.output.hasPrefix("[{\"service\":\"lab\",\"build\":\"1.2.3\",\"instance\":"))
        #expect(result.output.contains("{\"reason\":\"too_many_streams\",\"count\":0}"))
        #expect(result.output.contains("{\"method\":\"lab.Hang\",\"calls\":0,\"errors\":[]}"))
        await lab.stop()
    }

    @Test("Who is no operator is told how to become one, and it is 107")
    func denied() async throws {
        let lab = try await Lab(peerNames: [])
        let one = try await lab.run("stats", "lab")
        #expect(one.status == 107)
        #expect(one.errors.contains("STEWARD_PEER_USERS="))
        let all = try await lab.run("stats")
        #expect(all.status == 107)
        #expect(all.output.contains("This method is for other services."))
        await lab.stop()
    }

    @Test("A person's token does not go to statistics, which ask for no person")
    func noToken() async throws {
        let lab = try await Lab()
        try await lab.signIn()
        #expect(try await lab.run("call", "lab", "rpc.Statistics").status == 0)
        #expect(try await lab.run("stats", "lab").status == 0)
        await lab.stop()
    }

    @Test("--watch asks again and again until Ctrl-C, a line an answer in a pipe")
    func watch() async throws {
        let lab = try await Lab()
        let command = try lab.start("stats", "lab", "--watch", "10ms", "--format", "json")
        await command.expect("}]\n[{\"service\":\"lab\"")
        command.send(signal: SIGINT)
        let result = await command.result()
        #expect(result.status == 130)
        #expect(result.lines.count >= 2)
        #expect(result.lines.dropLast().allSatisfy { $0.hasPrefix("[{") && $0.hasSuffix("}]") })
        await lab.stop()
    }

    @Test("--watch shows calls a second from the second answer on")
    func rates() async throws {
        let lab = try await Lab()
        let command = try lab.start("stats", "lab", "--watch", "10ms")
        await command.expect("A SECOND")
        command.send(signal: SIGINT)
        #expect(await command.result().status == 130)
        await lab.stop()
    }
}
