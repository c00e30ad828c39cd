import Foundation
import Testing

@testable import rpcctl

@Suite("Exit codes, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct EndingTests {
    @Test("A failure of the service is 100 plus its code", arguments: 1...16)
    func remote(_ code: Int) async throws {
        let lab = try await Lab()
        let result = try await lab.run("call", "lab.Fail", "code=\(code)")
        #expect(result.status == Int32(100 + code))
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("error: As you wish. (lab.failed)\n  why: test\n"))
        await lab.stop()
    }

    @Test("With --format json a failure is one JSON object on standard error")
    func json() async throws {
        let lab = try await Lab()
        let result = try await lab.run("call", "lab.Fail", "code=5", "--format", "json")
        #expect(result.output == "")
        #expect(
            result.errors == """
                {"error":{"code":"not_found","reason":"lab.failed","message":"As you wish.",\
                "details":{"why":"test"},"retry":"never","exitCode":105}}

                """)
        let usage = try await lab.run("call", "--format=json", "--nonsense")
        #expect(usage.status == 64)
        #expect(usage.errors.hasPrefix("{\"error\":{\"reason\":\"rpcctl.usage\""))
        await lab.stop()
    }

    @Test("A wrong command line is 64, a request that does not fit is 65")
    func local() async throws {
        let lab = try await Lab()
        let command = try await lab.run("cal", "lab.Repeat")
        #expect(command.status == 64)
        #expect(command.errors.contains("did you mean “call”?"))
        #expect(try await lab.run("call").status == 64)
        #expect(try await lab.run("call", "lab").status == 64)
        #expect(try await lab.run("call", "lab.Repeat", "--timeout", "soon").status == 64)
        let missing = try await lab.run("call", "lab.Repeat")
        #expect(missing.status == 65)
        #expect(missing.errors.contains("Missing the required field “text” (string)."))
        let unknown = try await lab.run("call", "lab.Repeat", "txt=a")
        #expect(unknown.status == 65)
        #expect(unknown.errors.contains("did you mean “text”?"))
        let file = try await lab.run("call", "lab.Repeat", "text=@/nonexistent")
        #expect(file.status == 65)
        #expect(file.errors.contains("“/nonexistent”"))
        await lab.stop()
    }

    @Test("A method that does not exist is 112, with the one that was meant")
    func unknownMethod() async throws {
        let lab = try await Lab()
        let result = try await lab.run("call", "lab.Repaet", "text=a")
        #expect(result.status == 112)
        #expect(result.errors.contains("did you mean “lab.Repeat”?"))
        let bare = try await lab.run("call", "repaet", "text=a")
        #expect(bare.status == 64)
        #expect(bare.errors.contains("did you mean “lab.Repeat”?"))
        let elsewhere = try await lab.run("call", "identity.Repeat", "text=a")
        #expect(elsewhere.status == 112)
        #expect(elsewhere.errors.contains("did you mean “lab.Repeat”?"))
        let described = try await lab.run("describe", "identity", "Repeat")
        #expect(described.status == 64)
        await lab.stop()
    }

    @Test("No socket is 69 and names the path; a near name is suggested")
    func missing() async throws {
        let lab = try await Lab()
        let near = try await lab.run("call", "labs.Repeat", "text=a")
        #expect(near.status == 69)
        #expect(near.errors.contains("There is no socket \(lab.socket("labs"))"))
        #expect(near.errors.contains("did you mean the service “lab”?"))
        let nowhere = try await lab.run(
            "list", environment: ["STEWARD_RUNTIME_DIRECTORY": "/nonexistent/run"])
        #expect(nowhere.status == 69)
        #expect(nowhere.errors.contains("/nonexistent/run does not exist"))
        await lab.stop()
    }

    @Test("A socket that nobody listens on is 69 and called left behind")
    func stale() async throws {
        let lab = try await Lab()
        close(try Lab.listen(at: lab.socket("old")))
        let result = try await lab.run("call", "old.Method")
        #expect(result.status == 69)
        #expect(result.errors.contains("left behind"), "\(result.errors)")
        await lab.stop()
    }

    @Test("Something else that listens there is 76")
    func otherProtocol() async throws {
        let lab = try await Lab()
        let descriptor = try Lab.listen(at: lab.socket("web"))
        DispatchQueue(label: "web").async {
            while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                let answer = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
                _ = answer.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
                close(connection)
            }
        }
        let result = try await lab.run("call", "web.Method")
        #expect(result.status == 76, "\(result.errors)")
        await lab.stop()
    }

    @Test("A deadline of the caller is 124, and ends the handler")
    func deadline() async throws {
        let lab = try await Lab()
        let result = try await lab.run("call", "lab.Hang", "--timeout", "1s")
        #expect(result.status == 124)
        #expect(result.errors.contains("No answer within 1 s."))
        // On a machine that is very busy the time may run out before the call began.
        if lab.journal.contains("hang began") { await lab.journal.wait(for: "hang ended") }
        await lab.stop()
    }

    @Test("A service that is silent from the start is 124 too")
    func silence() async throws {
        let lab = try await Lab()
        let descriptor = try Lab.listen(at: lab.socket("silent"))
        let result = try await lab.run("call", "silent.Method", "--timeout", "100ms")
        #expect(result.status == 124)
        #expect(result.errors == "error: No answer within 100 ms. (rpc.deadline_exceeded)\n")
        close(descriptor)
        await lab.stop()
    }

    @Test("Ctrl-C is 130, says nothing, and cancels the handler")
    func interrupt() async throws {
        let lab = try await Lab()
        let command = try lab.start("call", "lab.Count", "upTo=1", "waits=true")
        await command.expect("{\"number\":1}\n")
        command.send(signal: SIGINT)
        let result = await command.result()
        #expect(result.status == 130)
        #expect(result.errors == "")
        await lab.journal.wait(for: "count ended")
        await lab.stop()
    }

    @Test(
        "A reader that has seen enough ends a stream quietly, even one that is idle",
        arguments: ["upTo=1 waits=true", "upTo=1000000"])
    func brokenPipe(_ request: String) async throws {
        let lab = try await Lab()
        let rpcctl = RunningCommand.executable
        let script = "{ '\(rpcctl)' call lab.Count \(request); echo ended $? >&2; } | head -n 1"
        let result = try await RunningCommand.start(
            ["-c", script], environment: lab.environment(["PATH": "/usr/bin:/bin"]),
            executable: "/bin/sh"
        ).result()
        #expect(result.output == "{\"number\":0}\n")
        #expect(result.errors == "ended 0\n")
        await lab.journal.wait(for: "count ended")
        await lab.stop()
    }

    @Test("A damaged configuration is 78 and names the file")
    func configuration() async throws {
        let lab = try await Lab()
        let directory = lab.directory.path + "/.config"
        try FileManager.default.createDirectory(
            atPath: directory + "/steward", withIntermediateDirectories: true)
        lab.directory.write("{", to: ".config/steward/rpcctl.json")
        let result = try await lab.run("list")
        #expect(result.status == 78)
        #expect(result.errors.contains("\(directory)/steward/rpcctl.json"))
        let unknown = try await lab.run(
            "list", "--context", "x", environment: ["HOME": "/nonexistent"])
        #expect(unknown.status == 78)
        await lab.stop()
    }

    @Test("Help is 0 on standard output and tells of the exit codes")
    func help() async throws {
        let lab = try await Lab()
        let help = try await lab.run("--help")
        #expect(help.status == 0)
        #expect(help.output.contains("rpcctl help exit-codes"))
        let codes = try await lab.run("help", "exit-codes")
        #expect(codes.status == 0)
        #expect(codes.output.contains("105  not_found"))
        #expect(codes.output.contains("124"))
        await lab.stop()
    }
}
