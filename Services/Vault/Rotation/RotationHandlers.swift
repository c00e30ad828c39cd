internal import AuditAPI
internal import RPC
internal import ServiceKit
internal import VaultAPI

/// Answers the method that rotates a secret at once.
struct RotationHandlers: Sendable {
    let rotation: SecretRotation
    let stepped: SteppedRotation

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
            guard !RotationMakers.isNeeded(for: draft.secret.rotationMethod) else { return true }
            guard draft.secret.latestVersion <= request.expectedVersion else { return false }
            guard draft.secret.latestVersion == request.expectedVersion else {
                throw RPCError.versionConflict(latest: draft.secret.latestVersion)
            }
            try await self.rotation.rotate(&draft, reason: reason)
            return false
        }
        guard made.answer else { return made.secret.described(at: made.now) }
        let rotated = try await self.stepped.rotate(
            request.secretID,
            for: SteppedRotation.Asker(
                context: context, expectedVersion: request.expectedVersion, reason: reason))
        return rotated.secret.described(at: rotated.now)
    }
}
