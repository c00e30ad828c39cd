import AuditAPI
import Foundation
import RPC
import Sodium
import Testing
import VaultAPI

@testable import VaultService

@Suite struct RotationTests {
    @Test func `what is due is rotated by the vault, and the old value stays for a while`()
        async throws
    {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let secret = try await ann.call(
            CreateSecret(
                name: "s", type: .password, rotationEnabled: true, rotationDays: 30,
                rotationMethod: .random,
                rotationConfiguration: .object([
                    "length": .integer(40), "alphabet": .string("hexadecimal"),
                ])))
        try await ann.put("first", secret.id)
        try await instance.service.upkeep.rotate()
        #expect(try await ann.get(secret.id) == "first")
        try await instance.rewrite(secret.id) { record in
            record.lastRotatedAt = record.createdAt - 31 * 86_400
            record.schedule()
        }
        try await instance.service.upkeep.rotate()
        try await instance.service.upkeep.rotate()
        let value = try await ann.get(secret.id)
        #expect(value.count == 40 && value.allSatisfy(\.isHexDigit))
        let after = try await ann.call(DescribeSecret(secretID: secret.id))
        #expect(after.latestVersion == 2 && after.previousVersion == 1 && !after.needsRotation)
        #expect(try await ann.get(secret.id, label: .previous) == "first")
        let version = try await ann.call(ListSecretVersions(secretID: secret.id)).versions[0]
        #expect(version.producer == "vault" && version.createdBy == nil)
        let events = try await instance.store.events().filter { $0.action == .secretRotated }
        #expect(events.count == 1 && events[0].actorID == nil)
        await instance.stop()
    }

    @Test func `somebody has the next value made at once, and once`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let secret = try await ann.call(
            CreateSecret(name: "s", type: .generic, rotationMethod: .random))
        let request = RotateSecret(secretID: secret.id, expectedVersion: 0, reason: "now")
        #expect(try await ann.call(request).latestVersion == 1)
        #expect(try await ann.call(request).latestVersion == 1)
        #expect(try await ann.get(secret.id).count == 32)
        let manual = try await ann.create()
        let refusal = try await ann.refusal(
            of: RotateSecret(secretID: manual.id, expectedVersion: 0))
        #expect(refusal?.reason == "vault.not_rotatable")
        await instance.stop()
    }

    @Test func `what is due is said ahead of time and when it is, once each`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let soon = try await ann.call(
            CreateSecret(
                name: "soon", type: .apiKey, rotationEnabled: true, rotationDays: 3,
                expiresAt: Date() + 3 * 86_400))
        _ = try await ann.call(
            CreateSecret(name: "late", type: .apiKey, rotationEnabled: true, rotationDays: 300))
        func said() async throws -> [AuditAction] {
            await instance.service.upkeep.round()
            return try await instance.store.events().map(\.action)
                .filter { [.secretRotationDue, .secretExpiring].contains($0) }
        }
        #expect(Set(try await said()) == [.secretRotationDue, .secretExpiring])
        #expect(try await said().count == 2)
        try await instance.rewrite(soon.id) { record in
            record.lastRotatedAt = record.createdAt - 4 * 86_400
            record.schedule()
            record.expiresAt = Date(microseconds: 1_000_000)
        }
        // Both times are new: each is due now, and was due ahead.
        #expect(try await said().count == 6)
        #expect(try await said().count == 6)
        await instance.stop()
    }

    @Test(arguments: [
        (#"{"length": 7}"#, SecretType.apiKey), (#"{"length": 257}"#, .apiKey),
        (#"{"length": "8"}"#, .apiKey), (#"{"alphabet": "runes"}"#, .apiKey),
        (#"{"other": 1}"#, .apiKey), (#"{}"#, .certificate), (#"{}"#, .sshKey),
        (#"{}"#, .oauthToken),
    ])
    func `a random value that makes no sense is refused`(
        configuration: String, type: SecretType
    ) async throws {
        #expect(throws: RPCError.self) {
            try RandomText(try JSONValue(jsonText: configuration), for: type)
        }
    }

    @Test func `every character of an alphabet comes about as often`() throws {
        let text = try RandomText(
            .object(["length": .integer(256), "alphabet": .string("alphanumeric")]), for: .apiKey)
        var counts: [UInt8: Int] = [:]
        for _ in 0..<100 {
            try text.value().withUnsafeBytes { for byte in $0 { counts[byte, default: 0] += 1 } }
        }
        let expected = 25_600.0 / 62
        #expect(counts.count == 62)
        // Six standard deviations: a right one fails once in millions of runs.
        #expect(counts.values.allSatisfy { abs(Double($0) - expected) < 6 * expected.squareRoot() })
    }
}
