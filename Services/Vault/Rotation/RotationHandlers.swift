internal import AuditAPI
internal import RPC
internal import ServiceKit
internal import VaultAPI

/// Answers the method that rotates a secret at once.
struct RotationHandlers: Sendable {
    let rotation: SecretRotation

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(RotateSecret.self, handler: self.rotate)
    }

    @Sendable
    func rotate(_ request: RotateSecret, _ context: CallContext) async throws -> Secret {
        let reason = try request.reason.map { try FieldRules.text($0, "reason", limit: 500) }
        let made = try await self.rotation.changer.change(
            request.secretID, SecretChanger.Kind(action: .secretRotated), in: context
        ) { draft in
            guard draft.secret.latestVersion <= request.expectedVersion else { return }
            guard draft.secret.latestVersion == request.expectedVersion else {
                throw RPCError.versionConflict(latest: draft.secret.latestVersion)
            }
            try await self.rotation.rotate(&draft, reason: reason)
        }
        return made.secret.described(at: made.now)
    }
}
