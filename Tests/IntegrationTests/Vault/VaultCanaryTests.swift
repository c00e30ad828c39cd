import Foundation
import ProcessTestSupport
import RPC
import SecretFormat
import Sodium
import StewardTestSupport
import Testing
import VaultAPI

@Suite("A secret leaves no trace", .serialized)
struct VaultCanaryTests {
    @Test("Not in files, journals, dumps, logs, errors or sockets, nor in the client afterwards")
    func files() async throws {
        let installation = try await Installation.start()
        let canary = try await Canary.make()
        do {
            let evidence = canary.directory.appendingPathComponent("evidence")
            try FileManager.default.createDirectory(
                at: evidence, withIntermediateDirectories: false)
            func file(_ name: String) -> URL { evidence.appendingPathComponent(name) }

            // Whoever talks to Postgres or the vault from here on is listened to.
            try await Self.letRelayIn(installation)
            let sockets = installation.runtimeDirectory
            let toDatabase = try RecordingRelay(
                inPlaceOf: sockets.appendingPathComponent("postgres/.s.PGSQL.5432"),
                recordingTo: file("postgres.socket"))
            for service in ["vault", "audit"] {
                try installation.kill9(service)
                try await installation.waitUntilReady(service, within: .seconds(30))
            }
            let toVault = try RecordingRelay(
                inPlaceOf: sockets.appendingPathComponent("vault.sock"),
                recordingTo: file("vault.socket"))
            let journey = try await Journey(installation, canary)
            try await journey.put()
            try await journey.get(control: file("client.control"))
            try await journey.beRefused(tellingOf: file("errors"))
            let made = try await journey.rotate()
            await journey.client.close()

            try await installation.sql("SELECT pg_switch_wal()")
            try await installation.sql("CHECKPOINT")
            let dump = try await Program.run(
                TestSettings.postgresBinaries.appendingPathComponent("pg_dump").path,
                [
                    "--host=\(sockets.path)/postgres", "--username=postgres", "--inserts",
                    "--file=\(file("dump").path)", "steward_primary",
                ])
            #expect(dump.status == 0, "\(dump.output)")
            try ProcessMemory.write(to: file("client"))
            toVault.stop()
            toDatabase.stop()

            let places = [installation.directory, evidence]
            for secret in [canary, made] {
                #expect(try await secret.traces(in: places) == [])
            }
            // What is no secret is found in each of those places.
            let found = try await canary.files(in: places, holding: journey.name)
            for place in [
                "/cluster/base/", "/cluster/pg_wal/", "/dump", "/vault.socket", "/postgres.socket",
                "/client",
            ] {
                #expect(found.contains { $0.contains(place) }, "\(place)")
            }
            #expect(
                try await canary.files(in: places, holding: "vault.version_conflict")
                    .contains { $0.hasSuffix("/errors") })
            try made.remove()
        } catch {
            print(installation.logs())
            throw error
        }
        try canary.remove()
        try await installation.stop()
    }

    @Test(
        "Not in a core of the vault, of the log or of Postgres",
        .enabled(
            if: ProcessMemory.canTakeCores,
            "gdb is not installed, or the tests are not run by root: no cores can be taken"))
    func cores() async throws {
        let installation = try await Installation.start()
        let canary = try await Canary.make()
        do {
            // Its cores have all of the shared memory in them.
            try await installation.sql("ALTER SYSTEM SET shared_buffers = '32MB'")
            try await installation.stopOne("postgres")
            try await installation.startOne("postgres")
            for service in ["identity", "audit", "vault"] {
                try await installation.waitUntilReady(service, within: .seconds(30))
            }
            let journey = try await Journey(installation, canary)
            try await journey.put()
            try await journey.get(control: nil)
            let made = try await journey.rotate()

            let cores = canary.directory.appendingPathComponent("cores")
            try FileManager.default.createDirectory(at: cores, withIntermediateDirectories: false)
            for name in ["vault", "audit", "postgres"] {
                try await ProcessMemory.takeCore(
                    of: try installation.process(of: name), to: cores.appendingPathComponent(name))
            }
            let sessions = try await installation.sql(
                """
                SELECT pid FROM pg_stat_activity
                WHERE usename IN ('steward_vault', 'steward_audit') OR backend_type = 'walwriter'
                """
            ).split(separator: "\n").compactMap { Int32($0) }
            #expect(!sessions.isEmpty)
            for session in sessions {
                try await ProcessMemory.takeCore(
                    of: session, to: cores.appendingPathComponent("session-\(session)"),
                    sharing: false)
            }
            for secret in [canary, made] {
                #expect(try await secret.traces(in: [cores]) == [])
            }
            // Each is a core in which something is found that was in memory.
            let found = try await canary.files(in: [cores], holding: "steward_")
            #expect(found.count == sessions.count + 3)
            #expect(
                try await canary.files(in: [cores], holding: journey.name)
                    .contains { $0.hasSuffix("/postgres") })
            await journey.client.close()
            try made.remove()
        } catch {
            print(installation.logs())
            throw error
        }
        try canary.remove()
        try await installation.stop()
    }

    /// Lets the tests' user in for the services', in whose place the relay speaks.
    private static func letRelayIn(_ installation: Installation) async throws {
        let file = try FileHandle(
            forWritingTo: installation.directory.appendingPathComponent("cluster/pg_ident.conf"))
        try file.seekToEnd()
        for service in ["identity", "audit", "vault", "conversations"] {
            try file.write(contentsOf: Data("steward \(NSUserName()) steward_\(service)\n".utf8))
        }
        try file.close()
        try await installation.sql("SELECT pg_reload_conf()")
    }
}

/// The ways that a canary goes.
private struct Journey {
    let installation: Installation
    let canary: Canary
    let client: RPCClient
    /// What its secret is called, which is no secret.
    let name = "marker-\(UUID().uuidString)"
    private let person: Person
    private let secret: Secret

    init(_ installation: Installation, _ canary: Canary) async throws {
        self.installation = installation
        self.canary = canary
        self.client = installation.newClient("vault")
        self.person = try await installation.newKeeper()
        self.secret = try await self.client.call(
            CreateSecret(name: self.name, type: .apiKey), options: self.person.options)
    }

    private var vault: VaultClient { self.person.vault(through: self.client) }

    func put() async throws {
        try await self.vault.put(try self.canary.read(), into: self.secret.id)
    }

    /// Gets it; while it is there, it is found in memory.
    func get(control: URL?) async throws {
        let opened = try await self.vault.get(SecretReference(secretID: self.secret.id))
        if let control {
            try ProcessMemory.write(to: control)
            let traces = try await self.canary.traces(in: [control])
            #expect(traces == [control.path])
            try FileManager.default.removeItem(at: control)
        }
        let isEqual = opened.value.equals(try self.canary.read())
        #expect(isEqual)
    }

    /// Goes wrong in several ways, and writes down what is said then.
    func beRefused(tellingOf file: URL) async throws {
        var errors: [String] = []
        let stranger = try await self.installation.newKeeper()
        do {
            try await self.vault.put(try self.canary.read(), into: self.secret.id, after: 0)
        } catch let error as RPCError { errors.append(String(reflecting: error)) }
        do {
            try await stranger.vault(through: self.client).put(
                try self.canary.read(), into: self.secret.id)
        } catch let error as RPCError { errors.append(String(reflecting: error)) }
        do {
            _ = try await stranger.vault(through: self.client).get(
                SecretReference(secretID: self.secret.id))
        } catch let error as RPCError { errors.append(String(reflecting: error)) }
        #expect(errors.count == 3)
        try errors.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    }

    /// Has the vault make a value, and takes that for a canary of its own.
    func rotate() async throws -> Canary {
        let secret = try await self.client.call(
            CreateSecret(
                name: "made-\(self.name)", type: .password, rotationMethod: .random,
                rotationConfiguration: .object(["length": .integer(Int64(Canary.byteCount))])),
            options: self.person.options)
        _ = try await self.client.call(
            RotateSecret(secretID: secret.id, expectedVersion: 0), options: self.person.options)
        let opened = try await self.vault.get(SecretReference(secretID: secret.id))
        return try await Canary.take(opened.value)
    }
}
