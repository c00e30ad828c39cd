import Foundation
import Glibc
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing
import VaultAPI

@Suite("Rotation by a hook", .serialized)
struct VaultHookKillTests {
    @Test("kill -9 of the vault in each step: the next start goes on, and each value counts once")
    func killInEachStep() async throws {
        let hooks = try HookFolder()
        let installation = try await Installation.start(
            settings: ["vault": ["STEWARD_VAULT_ROTATION_HOOKS": hooks.path]])
        do {
            let person = try await installation.newKeeper(also: "vault:manage")
            for step in ["make", "set", "confirm"] {
                try await Self.rotate(person, hooks, killedIn: step)
            }
            try await eventually("each rotation is in the log, once", within: .seconds(60)) {
                try await installation.sql(
                    """
                    SELECT count(*) FROM audit.entries
                    WHERE action = 'secret_rotated' AND outcome = 'succeeded'
                    """) == "3"
            }
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    private static func rotate(
        _ person: Person, _ hooks: HookFolder, killedIn step: String
    ) async throws {
        let installation = person.installation
        let secret = try await person.call(
            CreateSecret(
                name: "killed in \(step)", type: .password, rotationMethod: .hook,
                rotationConfiguration: .object(["hook": .string("sealing")])))
        try await person.put("first", into: secret.id)
        try hooks.hang(in: step)
        let request = RotateSecret(secretID: secret.id, expectedVersion: 1)
        let asked = Task { try await person.call(request) }
        try await eventually("the hook is in \(step)", within: .seconds(30)) {
            hooks.hangs(in: step)
        }
        try installation.kill9("vault")
        hooks.end(step)
        try await installation.waitUntilReady("vault", within: .seconds(30))
        // The client may ask again by itself, or find the connection broken: both are well.
        _ = await asked.result
        // What was not stored is asked for again; the rest goes on by itself.
        try await eventually("the rotation has gone on", within: .seconds(60)) {
            do {
                if step == "make" { _ = try await person.call(request) }
                return try await person.call(DescribeSecret(secretID: secret.id))
                    .currentVersion == 2
            } catch is RPCError { return false }
        }
        let after = try await person.call(DescribeSecret(secretID: secret.id))
        #expect(after.latestVersion == 2 && after.pendingVersion == nil)
        #expect(after.previousVersion == 1)
        try await eventually("the value is released", within: .seconds(30)) {
            do {
                let value = try await person.value(of: secret.id)
                #expect(value == "made for \(secret.id.uuidString)")
                return true
            } catch let error as RPCError where error.reason == "audit.log_away" {
                // The vault has not heard from the log since its start.
                return false
            }
        }
        #expect(try await person.value(of: secret.id, version: 1) == "first")
        let made = hooks.steps.filter { $0 == "make \(secret.id.uuidString.lowercased())" }
        #expect(made.count == (step == "make" ? 2 : 1))
    }
}

/// A directory with a hook that seals by rpcctl, and hangs once where it is told to.
private final class HookFolder: Sendable {
    let path: String
    /// Where the hook, which runs as the vault's user, notes what it does.
    private let notes: String

    init() throws {
        self.path = "/tmp/steward-hooks-\(UUID().uuidString.prefix(13))"
        self.notes = "\(self.path)-notes"
        for (path, mode) in [(self.path, 0o755), (self.notes, 0o777)] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
            guard chmod(path, mode_t(mode)) == 0 else { throw POSIXError(.EPERM) }
        }
        let hook = "\(self.path)/sealing"
        try Data(
            #"""
            #!/bin/sh
            cd \#(self.notes) || exit 9
            umask 0022
            read -r line
            step=$(printf %s "$line" | sed 's/.*"step":"\([a-z]*\)".*/\1/')
            id=$(printf %s "$line" | sed 's/.*"secretID":"\([^"]*\)".*/\1/')
            echo "$step $id" >>steps
            if test "$(cat hang)" = "$step" && mkdir "hung-$step" 2>/dev/null; then
                echo $$ >"hung-$step/pid"
                sleep 1000
            fi
            test "$step" != make && exit 0
            printf 'made for %s' "$(printf %s "$id" | tr a-f A-F)" | rpcctl vault seal --for "$line"
            """#.utf8
        ).write(to: URL(fileURLWithPath: hook))
        guard chmod(hook, 0o755) == 0 else { throw POSIXError(.EPERM) }
    }

    deinit {
        // What is left in /tmp harms no other test.
        for path in [self.path, self.notes] { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Has the hook hang in a step, once.
    func hang(in step: String) throws {
        try Data("\(step)\n".utf8).write(to: URL(fileURLWithPath: "\(self.notes)/hang"))
    }

    /// Whether the hook hangs in a step.
    func hangs(in step: String) -> Bool { !self.lines("hung-\(step)/pid").isEmpty }

    /// Ends the hook that hangs in a step: nobody else does who was killed.
    func end(_ step: String) {
        guard let id = pid_t(self.lines("hung-\(step)/pid").first ?? "") else { return }
        kill(-id, SIGKILL)
    }

    /// The steps that were taken, each with its secret.
    var steps: [String] { self.lines("steps") }

    private func lines(_ name: String) -> [String] {
        // Nothing is noted yet.
        let text = try? String(contentsOfFile: "\(self.notes)/\(name)", encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }
}
