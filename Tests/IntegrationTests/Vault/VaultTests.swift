import Foundation
import IdentityAPI
import ProcessTestSupport
import RPC
import SecretFormat
import Sodium
import StewardTestSupport
import Testing
import VaultAPI

@Suite("The vault as processes of its own", .serialized)
struct VaultTests {
    @Test("A value that rpcctl seals is put, got and opened, and is nowhere on the way")
    func roundTrip() async throws {
        let installation = try await Installation.shared()
        let terminal = try await Terminal.ofAdministrator(installation)
        let canary = "canary-\(UUID().uuidString)"
        let name = "model-key-\(UUID().uuidString.prefix(8))"
        func run(_ words: String..., input: String = "") async throws -> String {
            let outcome = try await terminal.run(words, input: input)
            #expect(outcome.status == 0, "\(words): \(outcome.output)")
            return outcome.output
        }
        _ = try await run("vault", "create", name, "--type", "api_key", "--tag", "models")
        let put = try await run("vault", "put", name, input: "\(canary)\n")
        #expect(put.contains("Version 1"))
        #expect(try await run("vault", "get", name, "--print").contains(canary))
        #expect(try await run("vault", "list", "--tag", "models").contains(name))
        let refused = try await terminal.run(["vault", "get", name])
        #expect(refused.status == 64 && !refused.output.contains(canary))
        let rotated = try await run("vault", "keys", "rotate")
        #expect(rotated.contains("epoch 2"))
        #expect(try await run("vault", "get", name, "--print").contains(canary))
        #expect(try await run("vault", "access", name).contains("read"))

        try await installation.sql("CHECKPOINT")
        let found = try Self.files(in: installation.directory, holding: canary)
        #expect(found.isEmpty, "\(found)")
    }

    @Test("Nobody gets a value without the permission, and the attempt is in the audit log")
    func denied() async throws {
        let installation = try await Installation.shared()
        let administrator = try await installation.administrator()
        let person = try await installation.newPerson()
        let secret = try await administrator.call(
            CreateSecret(name: UUID().uuidString, type: .password))
        let refusal = await #expect(throws: RPCError.self) {
            try await person.call(Self.reading(secret.id))
        }
        #expect(refusal?.reason == "rpc.permission_missing")
        try await person.allow(["vault:read", "vault:write"])
        try await eventually("the role counts") {
            do {
                _ = try await person.call(Self.reading(secret.id))
                return false
            } catch let error as RPCError {
                return error.reason == "vault.secret_unavailable"
            }
        }
        try await eventually("the attempt is in the log", within: .seconds(20)) {
            try await installation.sql(
                """
                SELECT count(*) > 0 FROM audit.entries WHERE action = 'access_denied'
                    AND resource_id = '\(secret.id.uuidString.lowercased())'
                """) == "t"
        }
    }

    @Test("Killed again and again, the vault loses nothing that it has acknowledged")
    func kills() async throws {
        let installation = try await Installation.start()
        do {
            let person = try await installation.newKeeper()
            let rounds = TestSettings.isHeavy ? 40 : 4
            var acknowledged: [(UUID, String)] = []
            var releases = 0
            for round in 0..<rounds {
                let killer = Task {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 20...250)))
                    try installation.kill9("vault")
                }
                for number in 0..<200 {
                    let value = "value \(round) \(number)"
                    do {
                        let secret = try await person.call(
                            CreateSecret(name: "\(round)-\(number)", type: .generic))
                        try await person.put(value, into: secret.id)
                        acknowledged.append((secret.id, value))
                        _ = try await person.value(of: secret.id)
                        releases += 1
                    } catch is RPCError { break }
                }
                try await killer.value
                try await installation.waitUntilReady("vault", within: .seconds(30))
            }
            #expect(!acknowledged.isEmpty && releases > 0)
            for (id, value) in acknowledged {
                #expect(try await person.value(of: id) == value)
            }
            // Every release has its row; a row may stand for one that was cut off.
            let rows = try await installation.sql(
                "SELECT count(*) FROM vault.secret_access WHERE access_type = 'read' AND success")
            #expect(try #require(Int(rows)) >= releases + acknowledged.count)
            try await eventually("each row has its event", within: .seconds(60)) {
                try await installation.sql(
                    """
                    SELECT (SELECT count(*) FROM vault.secret_access
                            WHERE access_type = 'read' AND success)
                        = (SELECT count(*) FROM audit.entries WHERE action = 'secret_read')
                    """) == "t"
            }
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    @Test("The vault's process leaves no core and locks its memory")
    func hardened() async throws {
        let installation = try await Installation.shared()
        let process = try installation.process(of: "vault")
        let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core") })
        #expect(core.split(separator: " ").filter { $0 == "0" }.count == 2)
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let locked = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
        #expect(locked.split(whereSeparator: \.isWhitespace)[1] != "0")
    }

    // MARK: Parts

    private static func reading(_ id: UUID) throws -> GetSecret {
        let reader = try ReaderKeyPair()
        return GetSecret(
            secretID: id, readerKey: Data(reader.publicKey.bytes), requestID: Data(reader.requestID))
    }

    /// Every file of an installation that holds a text: data, write-ahead log, logs, keyring.
    private static func files(in directory: URL, holding text: String) throws -> [String] {
        let needle = Data(text.utf8)
        let files = FileManager.default.enumerator(
            at: directory, includingPropertiesForKeys: [.isRegularFileKey])
        var found: [String] = []
        var count = 0
        for case let file as URL in files ?? .init() {
            let values = try file.resourceValues(forKeys: [.isRegularFileKey])
            guard values.isRegularFile == true, !file.path.contains("/bin/") else { continue }
            // A file that is gone meanwhile holds nothing.
            guard let content = try? Data(contentsOf: file, options: .mappedIfSafe) else {
                continue
            }
            count += 1
            if content.range(of: needle) != nil { found.append(file.path) }
        }
        #expect(count > 500)
        return found
    }
}
