import AuditAPI
import Foundation
import Postgres
import RPC
import SecretFormat
import ServiceKit
import Sodium
import Testing
import VaultAPI

@testable import VaultService

@Suite struct ReadingTests {
    private static let shared = Task { try await TestInstance.start() }
    private func instance() async throws -> TestInstance { try await Self.shared.value }

    @Test func `a secret goes to its owner and to who holds its permission`() async throws {
        let instance = try await self.instance()
        let ann = instance.person()
        let bob = instance.person("models:use")
        let boss = instance.person("vault:manage")
        let shared = try await ann.keep("shared", permission: "models:use")
        let own = try await ann.keep("own")
        #expect(try await ann.get(own.id) == "own")
        #expect(try await bob.get(shared.id) == "shared")
        #expect(try await bob.reason(own.id) == "vault.secret_unavailable")
        // Who looks after secrets knows of them, and still reads none.
        #expect(try await boss.reason(own.id) == "vault.secret_not_yours")
        #expect(try await boss.reason(shared.id) == "vault.secret_not_yours")
    }

    @Test func `who may not know is told one thing, whatever is the matter`() async throws {
        let instance = try await self.instance()
        let ann = instance.person("vault:destroy")
        let bob = instance.person("models:use")
        let eve = instance.person()
        func made(_ permission: String? = "models:use") async throws -> UUID {
            try await ann.keep("v", permission: permission).id
        }
        let denied = try await made(nil)
        let expired = try await made()
        _ = try await ann.call(
            UpdateSecret(secretID: expired, expiresAt: Date(timeIntervalSince1970: 1)))
        let deleted = try await made()
        _ = try await ann.call(DeleteSecret(secretID: deleted))
        let destroyed = try await made()
        _ = try await ann.call(DestroySecret(secretID: destroyed, reason: "test"))
        let inactive = try await made()
        _ = try await ann.call(UpdateSecret(secretID: inactive, isActive: false))
        let empty = try await ann.call(
            CreateSecret(
                name: UUID().uuidString, type: .generic, requiredPermission: "models:use")
        ).id
        let truths: [(UUID, String)] = [
            (expired, "vault.secret_expired"), (deleted, "vault.secret_deleted"),
            (destroyed, "vault.secret_destroyed"), (inactive, "vault.secret_inactive"),
            (empty, "vault.version_missing"),
        ]
        for (id, truth) in truths { #expect(try await ann.reason(id) == truth) }
        var told: Set<RPCError> = []
        for id in truths.map(\.0) + [denied, UUID()] {
            for person in [bob, eve] where !(person.id == eve.id && id == UUID()) {
                let refusal = try await person.refusal(
                    of: GetSecret(
                        secretID: id, readerKey: Data(try ReaderKeyPair().publicKey.bytes),
                        requestID: Data(repeating: 1, count: 16)))
                told.insert(try #require(refusal))
            }
        }
        #expect(told.map(\.reason) == ["vault.secret_unavailable"])
    }

    @Test func `every use and every attempt is recorded before the answer leaves`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person("vault:manage")
        let eve = instance.person()
        let secret = try await ann.keep("v")
        let tool = UUID()
        _ = try await ann.vault.get(
            SecretReference(secretID: secret.id), toolID: tool, purpose: "to try")
        _ = try await eve.reason(secret.id)
        let missing = UUID()
        _ = try await eve.reason(missing)
        let page = try await ann.call(ListSecretAccess(secretID: secret.id))
        #expect(page.accesses.map(\.accessType) == [.read, .read, .write, .write])
        #expect(page.accesses.map(\.isSuccess) == [false, true, true, true])
        #expect(page.accesses.map(\.userID) == [eve.id, ann.id, ann.id, ann.id])
        let read = page.accesses[1]
        #expect(read.version == 1 && read.toolID == tool && read.purpose == "to try")
        #expect(read.reason == nil && read.peer != nil)
        #expect(page.accesses[0].reason == "vault.secret_not_yours")
        let refused = try await ann.call(ListSecretAccess(userID: eve.id))
        #expect(refused.accesses.map(\.secretID) == [missing, secret.id])
        let events = try await instance.store.events()
        let reads = events.filter { $0.action == .secretRead }
        #expect(reads.count == 1 && reads[0].actorID == ann.id)
        #expect(reads[0].resourceID == secret.id.uuidString.lowercased())
        let denials = events.filter { $0.action == .accessDenied }
        #expect(denials.count == 2 && denials.allSatisfy { $0.outcome == .denied })
        let seen = try await ann.call(DescribeSecret(secretID: secret.id))
        #expect(seen.lastAccessedAt == read.accessedAt || seen.lastAccessedAt != nil)
        await instance.stop()
    }

    @Test func `the access log is for the owner and who looks after secrets`() async throws {
        let instance = try await self.instance()
        let ann = instance.person()
        let bob = instance.person("models:use")
        let secret = try await ann.keep("v", permission: "models:use")
        let refusal = try await bob.refusal(of: ListSecretAccess(secretID: secret.id))
        #expect(refusal?.reason == "vault.secret_unavailable")
        #expect(try await bob.refusal(of: ListSecretAccess())?.reason == "vault.field_invalid")
        #expect(try await ann.call(ListSecretAccess(secretID: secret.id)).accesses.count == 3)
    }

    @Test func `several are released at once, each with its own outcome`() async throws {
        let instance = try await self.instance()
        let ann = instance.person()
        let bob = instance.person("models:use")
        let first = try await ann.keep("one", permission: "models:use")
        let second = try await ann.keep("two")
        let reader = try ReaderKeyPair()
        let reply = try await bob.call(
            GetSecrets(
                items: [
                    SecretReference(secretID: first.id), SecretReference(secretID: second.id),
                    SecretReference(secretID: UUID()),
                    SecretReference(name: first.name, ownerID: ann.id),
                ],
                readerKey: Data(reader.publicKey.bytes), requestID: Data(reader.requestID)))
        #expect(
            reply.outcomes.map(\.reason) == [
                nil, "vault.secret_unavailable", "vault.secret_unavailable", nil,
            ])
        for index in [0, 3] {
            let release = try #require(reply.outcomes[index].released)
            let value = try reader.open(
                ReleasedSecret(release), identity: instance.keyring.identity)
            #expect(value.withUnsafeBytes { Array($0) } == Array("one".utf8))
        }
        let many = GetSecrets(
            items: Array(repeating: SecretReference(secretID: first.id), count: 65),
            readerKey: Data(reader.publicKey.bytes), requestID: Data(reader.requestID))
        #expect(try await bob.refusal(of: many)?.reason == "vault.field_invalid")
    }

    @Test func `the answer opens with the reader's key alone, and is all signed`() async throws {
        let instance = try await self.instance()
        let ann = instance.person()
        let secret = try await ann.keep("value")
        let reader = try ReaderKeyPair()
        let release = try await ann.call(
            GetSecret(
                secretID: secret.id, readerKey: Data(reader.publicKey.bytes),
                requestID: Data(reader.requestID)))
        #expect(throws: (any Error).self) {
            let other = try ReaderKeyPair()
            _ = try other.open(ReleasedSecret(release))
        }
        let changes: [(inout SecretRelease) -> Void] = [
            { $0.version += 1 }, { $0.ownerID = UUID() }, { $0.secretID = UUID() },
            { $0.vaultID = UUID() }, { $0.type = .password }, { $0.producer = "x" },
            { $0.readerID = "x" }, { $0.requestID[0] ^= 1 }, { $0.ciphertext[30] ^= 1 },
            { $0.commitment[0] ^= 1 }, { $0.released[50] ^= 1 }, { $0.signature[0] ^= 1 },
            { $0.identityKey[0] ^= 1 }, { $0.suite = 2 },
        ]
        for (index, change) in changes.enumerated() {
            var changed = release
            change(&changed)
            #expect(throws: (any Error).self, "\(index)") {
                _ = try reader.open(ReleasedSecret(changed))
            }
        }
        _ = try reader.open(ReleasedSecret(release))
    }

    @Test(arguments: [0, 1])
    func `a reader's key of low order is refused, and nothing leaves`(first: UInt8) async throws {
        let instance = try await self.instance()
        let ann = instance.person()
        let secret = try await ann.keep("value")
        let before = try await ann.call(ListSecretAccess(secretID: secret.id)).accesses.count
        let refusal = try await ann.refusal(
            of: GetSecret(
                secretID: secret.id, readerKey: Data([first] + Array(repeating: 0, count: 31)),
                requestID: Data(repeating: 1, count: 16)))
        #expect(refusal?.details["field"] == "readerKey")
        let after = try await ann.call(ListSecretAccess(secretID: secret.id)).accesses.count
        #expect(after == before)
    }

    @Test func `with the outbox full nothing is released, and the error says why`() async throws {
        let store = try await TestStore()
        let gauge = OutboxGauge(limit: 20)
        let instance = try await TestInstance(store, gauge: gauge)
        let ann = instance.person()
        let secret = try await ann.keep("v")
        var reason: String?
        var releases = 0
        for _ in 0..<30 where reason == nil {
            reason = try await ann.reason(secret.id)
            if reason == nil { releases += 1 }
        }
        #expect(reason == "audit.outbox_full")
        let rows = try await store.number(
            "SELECT count(*) FROM vault.secret_access WHERE access_type = 'read' AND success")
        #expect(rows == Int64(releases) && releases > 0)
        #expect(
            try await store.events().filter { $0.action == .secretRead }.count == releases)
        await instance.stop()
    }

    @Test func `with no word from the log nothing is released, and the error says why`() async throws
    {
        let store = try await TestStore()
        let gauge = OutboxGauge(limit: 1_000)
        let instance = try await TestInstance(store, gauge: gauge, logSilenceLimit: .seconds(60))
        let ann = instance.person()
        let secret = try await ann.keep("v")
        #expect(try await ann.reason(secret.id) == "audit.log_away")
        gauge.heardLog(at: .now - .seconds(30))
        #expect(try await ann.reason(secret.id) == nil)
        gauge.heardLog(at: .now - .seconds(61))
        #expect(try await ann.reason(secret.id) == "audit.log_away")
        #expect(try await ann.reason(UUID()) == "audit.log_away", "it tells what there is")
        let rows = try await store.number(
            "SELECT count(*) FROM vault.secret_access WHERE access_type = 'read'")
        #expect(rows == 1)
        await instance.stop()
    }

    @Test func `a thousand reads at once leave a row and an event each`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let secret = try await ann.keep("value")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    for _ in 0..<32 {
                        let value = try await ann.get(secret.id)
                        #expect(value == "value")
                    }
                }
            }
            try await group.waitForAll()
        }
        let rows = try await instance.store.number(
            "SELECT count(*) FROM vault.secret_access WHERE access_type = 'read' AND success")
        #expect(rows == 1_024)
        let reads = try await instance.store.events().filter { $0.action == .secretRead }
        #expect(reads.count == 1_024)
        await instance.stop()
    }
}
