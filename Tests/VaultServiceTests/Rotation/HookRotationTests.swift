import AuditAPI
import Foundation
import RPC
import SecretFormat
import Testing
import VaultAPI

@testable import VaultService

@Suite struct HookRotationTests {
    @Test func `a hook makes a value, and it is current once it was set and confirmed`()
        async throws
    {
        let hooks = try TestHooks()
        try hooks.writeStepped("works", confirm: "printf '%s' \"$line\" >line")
        let instance = try await TestInstance(try await TestStore(), makers: hooks.makers())
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .hook, "works")
        let value = try instance.sealed("new", for: secret, version: 2, by: "hook:works")
        try hooks.keep(try JSONEncoder().encode(value), as: "value")
        let after = try await ann.call(
            RotateSecret(secretID: secret.id, expectedVersion: 1, reason: "now"))
        #expect(after.currentVersion == 2 && after.previousVersion == 1)
        #expect(after.pendingVersion == nil && !after.needsRotation)
        #expect(hooks.steps == ["make", "set", "confirm"])
        #expect(try await ann.get(secret.id) == "new")
        #expect(try await ann.get(secret.id, label: .previous) == "old")
        let version = try await ann.call(ListSecretVersions(secretID: secret.id)).versions[0]
        #expect(version.producer == "hook:works" && version.rotationReason == "now")
        // What the hook was told is enough to seal, and names the secret.
        let line = try JSONDecoder().decode(
            RotationTask.self, from: Data(hooks.lines("line")[0].utf8))
        #expect(line.target.secretID == secret.id && line.target.ownerID == ann.id)
        #expect(line.version == 2 && line.pendingVersion == 2 && line.currentVersion == 1)
        #expect(line.key.publicKey == Data(instance.keyring.sealingKey.publicKey))
        // Asked again for the same, nothing happens.
        _ = try await ann.call(RotateSecret(secretID: secret.id, expectedVersion: 1))
        #expect(hooks.steps.count == 3)
        let events = try await instance.store.events().filter { $0.action == .secretRotated }
        #expect(events.map(\.outcome) == [.succeeded])
        await instance.stop()
    }

    @Test(arguments: [
        ("exit 7", "it ended with status 7"), ("kill -TERM $$; sleep 60", "signal 15 ended it"),
        ("echo rubbish", "what it answered is no sealed value"),
        ("head -c 300000 /dev/zero", "it wrote more than a sealed value has"),
        ("yes", "it wrote more than a sealed value has"), ("cat other", nil),
    ])
    func `a hook that fails leaves the value as it is, is recorded, and waits`(
        script: String, fault: String?
    ) async throws {
        let hooks = try TestHooks()
        try hooks.writeStepped("fails", make: script)
        let instance = try await TestInstance(try await TestStore(), makers: hooks.makers())
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .hook, "fails")
        // Sealed for another version than the next one.
        let value = try instance.sealed("new", for: secret, version: 3, by: "hook:fails")
        try hooks.keep(try JSONEncoder().encode(value), as: "other")
        try await instance.makeDue(secret.id)
        await instance.service.rotating.round()
        await instance.service.rotating.round()
        #expect(hooks.steps == ["make"])
        #expect(instance.service.rotating.rotation.turns.held() == [secret.id])
        let refusal = try await ann.refusal(
            of: RotateSecret(secretID: secret.id, expectedVersion: 1))
        let reason = fault == nil ? "vault.seal_invalid" : "vault.rotation_failed"
        #expect(refusal?.reason == reason)
        if let fault { #expect(refusal?.message.contains(fault) == true) }
        let after = try await ann.call(DescribeSecret(secretID: secret.id))
        #expect(after.latestVersion == 1 && after.pendingVersion == nil && after.needsRotation)
        #expect(try await ann.get(secret.id) == "old")
        let events = try await instance.store.events().filter { $0.action == .secretRotated }
        #expect(events.map(\.outcome) == [.failed, .failed])
        #expect(events.allSatisfy { $0.reason == reason && $0.resourceID == secret.id.text })
        await instance.stop()
    }

    @Test func `a hook that hangs is killed with all it has started`() async throws {
        let hooks = try TestHooks()
        try hooks.writeStepped("hangs", make: "sleep 1000 & echo $! >child; sleep 1000")
        let instance = try await TestInstance(
            try await TestStore(), makers: hooks.makers(patience: .milliseconds(500)))
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .hook, "hangs")
        let refusal = try await ann.refusal(
            of: RotateSecret(secretID: secret.id, expectedVersion: 1))
        #expect(refusal?.message.contains("it took too long") == true)
        let child = hooks.lines("child")[0]
        func lives() -> Bool {
            // One that nobody has reaped yet is as good as gone.
            let status = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            return status.map { !$0.contains(") Z ") } ?? false
        }
        while lives() { await Task.yield() }
        #expect(try await ann.get(secret.id) == "old")
        await instance.stop()
    }

    @Test func `a value that its hook cannot use goes, and another one is made`() async throws {
        let hooks = try TestHooks()
        try hooks.writeStepped("loses", set: "test -e kept || exit 3")
        let instance = try await TestInstance(try await TestStore(), makers: hooks.makers())
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .hook, "loses")
        var value = try instance.sealed("lost", for: secret, version: 2, by: "hook:loses")
        try hooks.keep(try JSONEncoder().encode(value), as: "value")
        let request = RotateSecret(secretID: secret.id, expectedVersion: 1)
        #expect(try await ann.refusal(of: request)?.reason == "vault.rotation_failed")
        let between = try await ann.call(DescribeSecret(secretID: secret.id))
        #expect(between.pendingVersion == nil && between.deletedVersions == [2])
        value = try instance.sealed("kept", for: secret, version: 3, by: "hook:loses")
        try hooks.keep(try JSONEncoder().encode(value), as: "value")
        try hooks.keep(Data(), as: "kept")
        _ = try await ann.call(RotateSecret(secretID: secret.id, expectedVersion: 2))
        #expect(try await ann.get(secret.id) == "kept")
        await instance.stop()
    }

    @Test func `a version that a person has put as pending is not put aside`() async throws {
        let hooks = try TestHooks()
        try hooks.writeStepped("works")
        let instance = try await TestInstance(try await TestStore(), makers: hooks.makers())
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .hook, "works")
        try await ann.put("mine", secret.id, label: .pending)
        let refusal = try await ann.refusal(
            of: RotateSecret(secretID: secret.id, expectedVersion: 2))
        #expect(refusal?.reason == "vault.version_is_pending" && hooks.steps.isEmpty)
        await instance.stop()
    }

    @Test func `who puts a value during a rotation is not overridden by it`() async throws {
        let hooks = try TestHooks()
        try hooks.writeStepped("slow", set: "until test -e go; do sleep 0.01; done")
        let instance = try await TestInstance(try await TestStore(), makers: hooks.makers())
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .hook, "slow")
        let value = try instance.sealed("hook's", for: secret, version: 2, by: "hook:slow")
        try hooks.keep(try JSONEncoder().encode(value), as: "value")
        let request = RotateSecret(secretID: secret.id, expectedVersion: 1)
        async let refusal = ann.refusal(of: request)
        await hooks.wait(for: "set", in: "steps")
        #expect(try await ann.refusal(of: request)?.reason == "vault.rotation_running")
        try await ann.put("mine", secret.id)
        try hooks.keep(Data(), as: "go")
        #expect(try await refusal?.reason == "vault.revision_conflict")
        #expect(try await ann.get(secret.id) == "mine")
        await instance.stop()
    }

    @Test(arguments: ["make", "set", "confirm"])
    func `a rotation that was interrupted in a step goes on, with the version there is`(
        step: String
    ) async throws {
        let hooks = try TestHooks()
        let hang = "if mkdir hung 2>/dev/null; then echo here >>hanging; sleep 1000; fi"
        try hooks.writeStepped(
            "hangs", make: step == "make" ? "\(hang); cat value" : "",
            set: step == "set" ? hang : "", confirm: step == "confirm" ? hang : "")
        let store = try await TestStore()
        let first = try await TestInstance(store, makers: hooks.makers())
        let ann = first.person("vault:manage")
        let secret = try await ann.rotated(by: .hook, "hangs")
        let value = try first.sealed("new", for: secret, version: 2, by: "hook:hangs")
        try hooks.keep(try JSONEncoder().encode(value), as: "value")
        try await first.makeDue(secret.id)
        let work = Task { await first.service.rotating.round() }
        await hooks.wait(for: "here", in: "hanging")
        work.cancel()
        await work.value
        #expect(try await ann.get(secret.id) == "old")
        await first.stop()
        let second = try await TestInstance(store, makers: hooks.makers())
        let again = second.again(ann)
        // Also where it was asked for and is not due.
        if step != "make" {
            try await second.rewrite(secret.id) { record in
                record.rotationEnabled = false
                record.schedule()
            }
        }
        await second.service.rotating.round()
        #expect(try await again.get(secret.id) == "new")
        let after = try await again.call(DescribeSecret(secretID: secret.id))
        #expect(after.latestVersion == 2 && after.currentVersion == 2)
        #expect(after.pendingVersion == nil && after.previousVersion == 1)
        #expect(hooks.steps.filter { $0 == "make" }.count == (step == "make" ? 2 : 1))
        let events = try await store.events().filter { $0.action == .secretRotated }
        #expect(events.map(\.outcome) == [.succeeded])
        await second.stop()
    }

    @Test func `only a manager has a hook rotate a secret, and only one that is set up`()
        async throws
    {
        let hooks = try TestHooks()
        try hooks.write("works", "#!/bin/sh\n")
        try hooks.write("open", "#!/bin/sh\n", mode: 0o722)
        try hooks.write("text", "#!/bin/sh\n", mode: 0o600)
        try FileManager.default.createSymbolicLink(
            atPath: "\(hooks.path)/link", withDestinationPath: "/bin/true")
        let instance = try await TestInstance(try await TestStore(), makers: hooks.makers())
        let (ann, bob) = (instance.person("vault:manage"), instance.person())
        func refusal(_ person: TestPerson, _ name: JSONValue) async throws -> RPCError? {
            try await person.refusal(
                of: CreateSecret(
                    name: UUID().uuidString, type: .apiKey, rotationMethod: .hook,
                    rotationConfiguration: .object(["hook": name])))
        }
        #expect(try await refusal(ann, .string("works")) == nil)
        #expect(
            try await refusal(bob, .string("works"))?.reason == "vault.rotation_needs_manager")
        for name in [
            "missing", "open", "text", "link", "", ".", "..", "../works", "works --x", "a/b",
        ] {
            let found = try await refusal(ann, .string(name))
            #expect(found?.reason == "vault.field_invalid", "\(name)")
        }
        #expect(try await refusal(ann, .integer(1))?.reason == "vault.field_invalid")
        // Owning a secret is not enough to give it a hook later either.
        let own = try await bob.keep("mine")
        let update = try await bob.refusal(
            of: UpdateSecret(
                secretID: own.id, rotationMethod: .hook,
                rotationConfiguration: .object(["hook": .string("works")])))
        #expect(update?.reason == "vault.rotation_needs_manager")
        // One that was removed since is refused when it is needed.
        let secret = try await ann.rotated(by: .hook, "works")
        try FileManager.default.removeItem(atPath: "\(hooks.path)/works")
        let gone = try await ann.refusal(
            of: RotateSecret(secretID: secret.id, expectedVersion: 1))
        #expect(gone?.reason == "vault.rotation_failed")
        await instance.stop()
    }
}

extension UUID {
    /// The identifier as events have it.
    fileprivate var text: String { self.uuidString.lowercased() }
}
