import AuditAPI
import Foundation
import RPC
import Testing
import VaultAPI

@testable import VaultService

@Suite struct ConnectionTests {
    @Test(arguments: ConnectionType.knownCases + [ConnectionType(rawValue: "telephone_2")])
    func `everything that is said of a connection is kept`(type: ConnectionType) async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person("vault:manage")
        let secret = try await ann.keep("key")
        let group = UUID()
        let made = try await ann.call(
            CreateConnection(
                name: "main", type: type, provider: "openai",
                endpointURL: "https://api.example.com/v1?x=1", secretID: secret.id,
                configuration: .object(["model": .string("m"), "t": .number(0.5)]),
                groupID: group, isActive: false, idempotencyKey: "k"))
        let found = try await ann.call(GetConnection(name: "main"))
        #expect(found == made && found.type == type && found.provider == "openai")
        #expect(found.endpointURL == "https://api.example.com/v1?x=1")
        #expect(found.secretID == secret.id && found.groupID == group && !found.isActive)
        #expect(found.configuration == .object(["model": .string("m"), "t": .number(0.5)]))
        #expect(found.createdBy == ann.id && found.version == 1)
        let changed = try await ann.call(
            UpdateConnection(
                id: made.id, name: "other", provider: "anthropic", isActive: true,
                cleared: ["endpointURL", "secretID", "groupID"], expectedVersion: 1))
        #expect(changed.name == "other" && changed.provider == "anthropic" && changed.isActive)
        #expect(changed.endpointURL == nil && changed.secretID == nil && changed.groupID == nil)
        #expect(changed.version == 2)
        let stale = try await ann.refusal(
            of: UpdateConnection(id: made.id, name: "x", expectedVersion: 1))
        #expect(stale?.reason == "vault.revision_conflict")
        #expect(try await ann.call(ListConnections(type: type)).connections == [changed])
        #expect(try await ann.call(ListConnections(provider: "openai")).connections.isEmpty)
        _ = try await ann.call(DeleteConnection(id: made.id))
        _ = try await ann.call(DeleteConnection(id: made.id))
        let gone = try await ann.refusal(of: GetConnection(id: made.id))
        #expect(gone?.reason == "vault.connection_not_found")
        let events = try await instance.store.events().filter { $0.action == .connectionChanged }
        #expect(events.count == 3)
        // The name is free again.
        _ = try await ann.call(CreateConnection(name: "other", type: type, provider: "p"))
        await instance.stop()
    }

    @Test(arguments: [
        "ftp://example.com", "example.com", "https://", "https://user:password@example.com/",
        "javascript:alert(1)", "https://example.com/\n",
    ])
    func `an endpoint that is none, or holds a password, is refused`(url: String) async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person("vault:manage")
        let refusal = try await ann.refusal(
            of: CreateConnection(name: "n", type: .crm, provider: "p", endpointURL: url))
        #expect(refusal?.details["field"] == "endpointURL")
        await instance.stop()
    }

    @Test func `a connection leads only to secrets that its maker may use`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let bob = instance.person()
        let secret = try await ann.keep("v")
        let refusal = try await bob.refusal(
            of: CreateConnection(name: "n", type: .crm, provider: "p", secretID: secret.id))
        #expect(refusal?.reason == "vault.secret_unavailable")
        await instance.stop()
    }
}
