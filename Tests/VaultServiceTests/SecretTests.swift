import Foundation
import RPC
import RPCTestSupport
import SecretFormat
import Sodium
import Testing
import VaultAPI

@testable import VaultService

@Suite struct SecretTests {
    private static let shared = Task { try await TestInstance.start() }
    private func instance() async throws -> TestInstance { try await Self.shared.value }

    @Test(arguments: [1, 64, 255, 256, 1_024, 4_096, 65_536])
    func `a value that was put is got, whatever its length`(count: Int) async throws {
        let ann = try await self.instance().person()
        let value = String(repeating: "s", count: count - 1) + "!"
        let secret = try await ann.keep(value)
        #expect(try await ann.get(secret.id) == value)
        #expect(secret.latestVersion == 1 && secret.currentVersion == 1)
    }

    @Test(arguments: SecretType.knownCases)
    func `everything that is said of a secret is kept`(type: SecretType) async throws {
        let ann = try await self.instance().person()
        let expiry = Date(timeIntervalSince1970: 4_000_000_000.123_456)
        let metadata: JSONValue = .object([
            "a": .array([.integer(1), .number(2.5), .null, .boolean(true)]),
            "größe": .string("x\"\\/\n\u{1F511}"), "large": .number(1e300),
            "whole": .number(3), "negative": .integer(-7), "small": .number(1e-7),
        ])
        let rotates = ![.certificate, .sshKey, .oauthToken].contains(type)
        let made = try await ann.call(
            CreateSecret(
                name: "name \(type)", displayName: "shown \(type)", description: "what\nfor",
                type: type, metadata: metadata, tags: ["b", "a", "b"],
                requiredPermission: "models:use", isRotatable: true, rotationEnabled: true,
                rotationDays: 30, expiresAt: expiry, needsSecondPerson: true,
                rotationMethod: rotates ? .random : .manual,
                rotationConfiguration: .object(["length": .integer(20)])))
        let found = try await ann.call(DescribeSecret(name: "name \(type)"))
        #expect(found == made)
        #expect(found.displayName == "shown \(type)" && found.description == "what\nfor")
        #expect(found.type == type && found.tags == ["a", "b"])
        #expect(found.ownerID == ann.id && found.createdBy == ann.id)
        #expect(found.requiredPermission == "models:use" && found.needsSecondPerson)
        #expect(found.isActive && found.isRotatable && found.rotationEnabled)
        #expect(found.rotationDays == 30 && found.rotationMethod == (rotates ? .random : .manual))
        #expect(found.rotationConfiguration == .object(["length": .integer(20)]))
        #expect(abs(found.expiresAt!.timeIntervalSince(expiry)) < 1e-5)
        #expect(found.nextRotationAt == found.createdAt + 30 * 86_400)
        #expect(found.metadata == (try FieldRules.object(metadata, "", limit: 10_000)))
        #expect(found.lastAccessedAt == nil && found.currentVersion == nil)
        try await ann.put("v", made.id)
        let changed = try await ann.call(
            UpdateSecret(
                secretID: made.id, name: "other \(type)", displayName: "d", tags: [],
                isActive: false, needsSecondPerson: true,
                cleared: ["description", "requiredPermission", "expiresAt"]))
        #expect(changed.name == "other \(type)" && changed.tags.isEmpty && !changed.isActive)
        #expect(changed.description == nil && changed.requiredPermission == nil)
        #expect(changed.expiresAt == nil && changed.lastRotatedAt != nil)
        #expect(changed.revision == 3)
        let again = try await ann.call(DescribeSecret(secretID: made.id))
        #expect(again == changed)
    }

    @Test func `a version says who put it, why, and under which key it is`() async throws {
        let instance = try await self.instance()
        let ann = instance.person()
        let secret = try await ann.create()
        var value = Array("v".utf8)
        let put = try await ann.vault.put(
            try SecretBytes(taking: &value), into: secret.id, reason: "the first")
        let page = try await ann.call(ListSecretVersions(secretID: secret.id))
        #expect(page.versions == [put])
        #expect(put.number == 1 && put.createdBy == ann.id && put.rotationReason == "the first")
        #expect(put.producer == ann.id.uuidString.lowercased() && put.suite == 1)
        #expect(put.epochKeyID == Data(instance.keyring.sealingKey.identifier))
        #expect(put.state == .live && put.labels == [.current] && put.isActive)
        #expect(put.byteCount == 104 && put.ownerID == ann.id && put.type == .apiKey)
    }

    @Test func `a pending version is promoted, and what was current is previous`() async throws {
        let ann = try await self.instance().person()
        let secret = try await ann.keep("one")
        try await ann.put("two", secret.id, label: .pending)
        #expect(try await ann.get(secret.id) == "one")
        #expect(try await ann.get(secret.id, label: .pending) == "two")
        let moved = try await ann.call(
            MoveSecretLabel(secretID: secret.id, label: .current, version: 2))
        #expect(moved.currentVersion == 2 && moved.previousVersion == 1)
        #expect(moved.pendingVersion == nil)
        #expect(try await ann.get(secret.id) == "two")
        #expect(try await ann.get(secret.id, label: .previous) == "one")
        let back = try await ann.call(
            MoveSecretLabel(secretID: secret.id, label: .current, version: 1))
        #expect(back.currentVersion == 1 && back.previousVersion == 2)
        #expect(try await ann.get(secret.id) == "one")
    }

    @Test func `what is deleted is not given out and can be brought back`() async throws {
        let ann = try await self.instance().person()
        let secret = try await ann.keep("one")
        try await ann.put("two", secret.id)
        let refusal = try await ann.refusal(
            of: DeleteSecretVersion(secretID: secret.id, version: 2))
        #expect(refusal?.reason == "vault.version_is_current")
        _ = try await ann.call(DeleteSecretVersion(secretID: secret.id, version: 1))
        #expect(try await ann.reason(secret.id, version: 1) == "vault.secret_deleted")
        _ = try await ann.call(UndeleteSecretVersion(secretID: secret.id, version: 1))
        #expect(try await ann.get(secret.id, version: 1) == "one")
        _ = try await ann.call(DeleteSecret(secretID: secret.id))
        #expect(try await ann.reason(secret.id) == "vault.secret_deleted")
        _ = try await ann.call(UndeleteSecret(secretID: secret.id))
        #expect(try await ann.get(secret.id) == "two")
    }

    @Test func `the same put again adds nothing, and another value conflicts`() async throws {
        let instance = try await self.instance()
        let ann = instance.person()
        let secret = try await ann.create()
        let key = instance.keyring.sealingKey
        var value = Array("v".utf8)
        let sealed = try SealedVersion(
            sealing: try SecretBytes(taking: &value),
            as: SecretContext(
                vaultID: key.vaultID, ownerID: ann.id, secretID: secret.id, version: 1,
                secretType: "api_key", producer: ann.id.uuidString.lowercased()),
            with: key)
        let request = PutSecretVersion(
            secretID: secret.id, number: 1, type: .apiKey, ownerID: ann.id, suite: 1,
            sealedKey: Data(sealed.sealedKey), keyID: Data(sealed.keyID),
            ciphertext: Data(sealed.ciphertext), commitment: Data(sealed.commitment))
        let first = try await ann.call(request)
        #expect(try await ann.call(request) == first)
        #expect(
            await refusal { try await ann.put("w", secret.id, after: 0) }
                == "vault.version_conflict")
        #expect(try await ann.call(DescribeSecret(secretID: secret.id)).latestVersion == 1)
    }

    @Test(arguments: ["owner", "type", "number", "secret", "producer", "commitment", "box"])
    func `a value sealed for something else is refused`(what: String) async throws {
        let instance = try await self.instance()
        let ann = instance.person("vault:manage")
        let bob = instance.person("vault:manage")
        let secret = try await ann.create()
        let other = try await ann.create()
        let key = instance.keyring.sealingKey
        let producer = (what == "producer" ? bob : ann).id.uuidString.lowercased()
        var value = Array("v".utf8)
        let sealed = try SealedVersion(
            sealing: try SecretBytes(taking: &value),
            as: SecretContext(
                vaultID: key.vaultID, ownerID: what == "owner" ? bob.id : ann.id,
                secretID: what == "secret" ? other.id : secret.id,
                version: what == "number" ? 2 : 1,
                secretType: what == "type" ? "password" : "api_key", producer: producer),
            with: key)
        var box = sealed.sealedKey
        if what == "box" { box[40] ^= 1 }
        var commitment = sealed.commitment
        if what == "commitment" { commitment[0] ^= 1 }
        let refusal = try await ann.refusal(
            of: PutSecretVersion(
                secretID: secret.id, number: 1, type: .apiKey, ownerID: ann.id, suite: 1,
                sealedKey: Data(box), keyID: Data(sealed.keyID),
                ciphertext: Data(sealed.ciphertext), commitment: Data(commitment)))
        #expect(refusal?.reason == "vault.seal_invalid")
        #expect(try await ann.call(DescribeSecret(secretID: secret.id)).latestVersion == 0)
    }

    @Test func `of a hundred writers one puts each version`() async throws {
        let ann = try await self.instance().person()
        let secret = try await ann.create()
        for round in 0..<3 {
            let wins = try await withThrowingTaskGroup(of: Int.self) { group in
                for writer in 0..<100 {
                    group.addTask {
                        do {
                            try await ann.put(
                                "\(round) \(writer)", secret.id, after: Int64(round))
                            return writer
                        } catch let error as RPCError
                            where error.reason == "vault.version_conflict"
                        {
                            return -1
                        }
                    }
                }
                return try await group.reduce(into: []) { if $1 >= 0 { $0.append($1) } }
            }
            #expect(wins.count == 1)
            #expect(try await ann.get(secret.id) == "\(round) \(wins[0])")
        }
    }

    @Test func `a list shows what somebody may use, by tag, type, text and state`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let bob = instance.person("models:use")
        let eve = instance.person()
        let boss = instance.person("vault:manage")
        for (number, type) in SecretType.knownCases.enumerated() {
            _ = try await ann.call(
                CreateSecret(
                    name: "s\(number)", description: number == 2 ? "needle" : nil, type: type,
                    tags: ["all", "n\(number)"],
                    requiredPermission: number < 3 ? "models:use" : nil,
                    expiresAt: number == 4 ? Date(timeIntervalSince1970: 1) : nil))
        }
        func names(_ person: TestPerson, _ request: ListSecrets) async throws -> [String] {
            var request = request
            request.pageSize = 2
            var names: [String] = []
            repeat {
                let page = try await person.call(request)
                names += page.secrets.map(\.name)
                request.pageToken = page.nextPageToken
            } while request.pageToken != nil
            return names
        }
        let all = (0..<7).map { "s\($0)" }
        #expect(try await names(ann, ListSecrets()) == all)
        #expect(try await names(boss, ListSecrets()) == all)
        #expect(try await names(bob, ListSecrets()) == ["s0", "s1", "s2"])
        #expect(try await names(eve, ListSecrets()) == [])
        #expect(try await names(ann, ListSecrets(tag: "n3")) == ["s3"])
        #expect(try await names(ann, ListSecrets(type: .sshKey)) == ["s4"])
        #expect(try await names(ann, ListSecrets(text: "NEEDLE")) == ["s2"])
        #expect(try await names(ann, ListSecrets(isExpired: true)) == ["s4"])
        #expect(try await names(boss, ListSecrets(ownerID: bob.id)) == [])
        await instance.stop()
    }

    @Test func `a secret is changed by its owner only, and an old revision is refused`()
        async throws
    {
        let instance = try await self.instance()
        let ann = instance.person()
        let bob = instance.person("models:use")
        let secret = try await ann.keep("v", permission: "models:use")
        let stolen = UpdateSecret(secretID: secret.id, requiredPermission: "anybody:at.all")
        #expect(try await bob.refusal(of: stolen)?.reason == "vault.secret_unavailable")
        let stale = try await ann.refusal(
            of: UpdateSecret(
                secretID: secret.id, description: "x", expectedRevision: secret.revision - 1))
        #expect(stale?.reason == "vault.revision_conflict")
        let unchanged = try await ann.call(UpdateSecret(secretID: secret.id))
        #expect(unchanged.revision == secret.revision)
    }

    @Test func `a name is given once by each owner, and a key makes one secret`() async throws {
        let instance = try await self.instance()
        let (ann, bob) = (instance.person(), instance.person())
        let request = CreateSecret(name: "n", type: .generic, idempotencyKey: "k")
        let made = try await ann.call(request)
        #expect(try await ann.call(request).id == made.id)
        let again = try await ann.refusal(of: CreateSecret(name: "n", type: .generic))
        #expect(again?.reason == "vault.name_taken")
        #expect(try await bob.call(CreateSecret(name: "n", type: .generic)).id != made.id)
    }
}
