import Foundation
import IdentityAPI
import ProcessTestSupport
import RPC
import SecretFormat
import Sodium
import StewardTestSupport
import VaultAPI

extension Installation {
    /// Somebody new who may put secrets and read their own, once that counts.
    func newKeeper(also permissions: String...) async throws -> Person {
        let person = try await self.newPerson()
        // The last one counts last.
        try await person.allow(permissions + ["vault:read", "vault:write"])
        try await eventually("the permissions count", within: .seconds(30)) {
            do {
                _ = try await person.call(GetSealingKey())
                return true
            } catch let error as RPCError where error.reason == "rpc.permission_missing" {
                return false
            }
        }
        return person
    }
}

extension Person {
    /// Gives them permissions, which count a moment later.
    func allow(_ permissions: [String]) async throws {
        let administrator = try await self.installation.administrator()
        for permission in permissions {
            _ = try await administrator.call(
                GrantPermission(userID: self.id, permission: permission))
        }
    }

    /// The vault, asked on their behalf.
    var vault: VaultClient { self.vault(through: self.installation.client("vault")) }

    /// The vault, asked on their behalf through a connection of the test's own.
    func vault(through client: RPCClient) -> VaultClient {
        VaultClient(asker: PersonAsker(person: self, client: client))
    }

    /// Puts a text as the next version of a secret.
    func put(_ value: String, into id: UUID) async throws {
        var bytes = Array(value.utf8)
        try await self.vault.put(try SecretBytes(taking: &bytes), into: id)
    }

    /// The text that a version of a secret holds; the current one if absent.
    func value(
        of id: UUID, version: Int64? = nil, purpose: String? = nil
    ) async throws -> String {
        let opened = try await self.vault.get(
            SecretReference(secretID: id, version: version), purpose: purpose)
        return opened.value.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

/// Asks the vault on somebody's behalf, with the token that each method needs.
private struct PersonAsker: VaultAsker {
    let person: Person
    let client: RPCClient

    func ask<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        try await self.client.call(request, options: try await self.person.options(for: M.self))
    }
}
