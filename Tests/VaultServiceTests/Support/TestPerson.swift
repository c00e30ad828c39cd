import Foundation
import RPC
import SecretFormat
import Sodium
import VaultAPI

@testable import VaultService

/// Somebody who calls the vault.
struct TestPerson: Sendable {
    let id: UUID
    let instance: TestInstance

    init(id: UUID = UUID(), instance: TestInstance) {
        self.id = id
        self.instance = instance
    }

    var options: CallOptions { CallOptions(timeout: .seconds(60), token: self.id.uuidString) }
    var vault: VaultClient {
        VaultClient(
            client: self.instance.client, options: self.options,
            identity: self.instance.keyring.identity)
    }

    func call<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        try await self.instance.client.call(request, options: self.options)
    }

    /// The error with which a call is refused.
    func refusal<M: UnaryMethod>(of request: M) async throws -> RPCError? {
        do {
            _ = try await self.call(request)
            return nil
        } catch let error as RPCError {
            return error
        }
    }

    /// A new secret without a value.
    func create(_ name: String = UUID().uuidString) async throws -> Secret {
        try await self.call(CreateSecret(name: name, type: .apiKey))
    }

    /// A new secret with a value.
    func keep(_ value: String, permission: String? = nil) async throws -> Secret {
        let secret = try await self.call(
            CreateSecret(
                name: UUID().uuidString, type: .apiKey, requiredPermission: permission))
        try await self.put(value, secret.id)
        return try await self.call(DescribeSecret(secretID: secret.id))
    }

    /// Puts a value.
    @discardableResult
    func put(
        _ value: String, _ id: UUID, after: Int64? = nil, label: SecretLabel = .current
    ) async throws -> SecretVersion {
        var bytes = Array(value.utf8)
        return try await self.vault.put(
            try SecretBytes(taking: &bytes), into: id, after: after, label: label)
    }

    /// Gets a value.
    func get(
        _ id: UUID, version: Int64? = nil, label: SecretLabel? = nil
    ) async throws -> String {
        let opened = try await self.vault.get(
            SecretReference(secretID: id, version: version, label: label))
        return opened.value.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// The reason why a value is not to be had.
    func reason(_ id: UUID, version: Int64? = nil) async throws -> String? {
        do {
            _ = try await self.get(id, version: version)
            return nil
        } catch let error as RPCError {
            return error.reason
        }
    }
}
