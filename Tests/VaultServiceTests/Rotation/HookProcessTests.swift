import Foundation
import Glibc
import Testing

@testable import VaultService

@Suite struct HookProcessTests {
    private func run(
        _ script: String, input: String = "", patience: Duration = .seconds(30),
        limit: Int = 1_000
    ) async throws -> String {
        let hooks = try TestHooks()
        try hooks.write("hook", "#!/bin/sh\n\(script)\n")
        let output = try await HookProcess.run(
            "\(hooks.path)/hook", input: Array(input.utf8), deadline: .now + patience,
            outputLimit: limit)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func `what a program is given it reads, and what it writes is given back`()
        async throws
    {
        #expect(try await self.run("cat", input: "a line\n") == "a line\n")
        // It need not read.
        #expect(try await self.run("echo b", input: String(repeating: "a", count: 9_000)) == "b\n")
        // Nor is it waited for what it has left behind.
        #expect(try await self.run("sleep 1000 & echo c") == "c\n")
    }

    @Test func `it has no file of ours, and nothing of our environment`() async throws {
        let file = fcntl(0, F_DUPFD, 300)
        defer { close(file) }
        setenv("STEWARD_TEST_OF_HOOKS", "a secret", 1)
        defer { unsetenv("STEWARD_TEST_OF_HOOKS") }
        let found = try await self.run(
            "n=0; while [ $n -lt 400 ]; do [ -e /proc/$$/fd/$n ] && echo $n; n=$((n+1)); done; :")
        let descriptors = found.split(separator: "\n").compactMap { Int32($0) }
        // The shell has the script itself open.
        #expect(Set(descriptors).subtracting([10, 255]) == [0, 1, 2])
        let environment = try await self.run("env")
        let names = environment.split(separator: "\n").map { $0.split(separator: "=")[0] }
        #expect(Set(names).isSubset(of: ["PATH", "LANG", "HOME", "PWD", "OLDPWD", "SHLVL", "_"]))
    }

    @Test func `how it ends is told, and that it takes or writes too much`() async throws {
        await #expect(throws: RotationFault.ended(status: 7)) { try await self.run("exit 7") }
        await #expect(throws: RotationFault.killed(signal: SIGTERM)) {
            try await self.run("kill -TERM $$; sleep 60")
        }
        await #expect(throws: RotationFault.tooLate) {
            try await self.run("sleep 1000", patience: .milliseconds(200))
        }
        // Also one that closes its output and stays.
        await #expect(throws: RotationFault.tooLate) {
            try await self.run("exec >&-; sleep 1000", patience: .milliseconds(200))
        }
        await #expect(throws: RotationFault.tooMuch) { try await self.run("yes") }
        #expect(try await self.run("head -c 1000 /dev/zero").utf8.count == 1_000)
        await #expect(throws: RotationFault.tooMuch) {
            try await self.run("head -c 1001 /dev/zero")
        }
        await #expect(throws: RotationFault.notStarted("there is too much to tell it")) {
            try await self.run("cat", input: String(repeating: "a", count: 1 << 20))
        }
    }

    @Test func `whoever is cancelled does not wait for it`() async throws {
        let hooks = try TestHooks()
        try hooks.write("hook", "#!/bin/sh\necho began >\(hooks.path)/began\nsleep 1000\n")
        let path = "\(hooks.path)/hook"
        let run = Task {
            try await HookProcess.run(
                path, input: [], deadline: .now + .seconds(1_000), outputLimit: 10)
        }
        await hooks.wait(for: "began", in: "began")
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
    }

    @Test func `after each failure a secret waits longer, up to an hour`() throws {
        let turns = RotationTurns()
        let id = UUID()
        let start = ContinuousClock.now
        var waits: [Duration] = []
        for _ in 0..<9 {
            try turns.begin(id)
            turns.fail(id, at: start)
            var wait = Duration.zero
            while turns.held(at: start + wait) == [id] { wait += .seconds(60) }
            waits.append(wait)
        }
        #expect(waits.map { Int($0 / .seconds(60)) } == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        try turns.begin(id)
        turns.end(id, isDone: true)
        #expect(turns.held(at: start).isEmpty)
    }

    @Test func `what could not even begin waits too, and not twice for one failure`() throws {
        let turns = RotationTurns()
        let id = UUID()
        let start = ContinuousClock.now
        turns.postpone(id, at: start)
        turns.postpone(id, at: start)
        #expect(turns.held(at: start + .seconds(59)) == [id])
        #expect(turns.held(at: start + .seconds(61)).isEmpty)
        try turns.begin(id)
        turns.postpone(id, at: start + .seconds(61))
        turns.end(id, isDone: true)
        #expect(turns.held(at: start + .seconds(61)).isEmpty)
    }
}
