internal import RPC
internal import SecretFormat
internal import ServiceKit
internal import Sodium
internal import VaultAPI

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.UUID

/// Answers the methods that release values.
struct ReadingHandlers: Sendable {
    let releases: SecretReleaser

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(GetSecret.self, handler: self.get)
        methods.register(GetSecrets.self, handler: self.getSeveral)
    }

    @Sendable
    func get(_ request: GetSecret, _ context: CallContext) async throws -> SecretRelease {
        let reference = SecretReference(
            secretID: request.secretID, name: request.name, ownerID: request.ownerID,
            version: request.version, label: request.label)
        let outcomes = try await self.releases.release(
            [reference],
            to: try SecretReleaser.Reader(
                key: request.readerKey, requestID: request.requestID, toolID: request.toolID,
                purpose: request.purpose),
            in: context)
        return try outcomes[0].get()
    }

    @Sendable
    func getSeveral(
        _ request: GetSecrets, _ context: CallContext
    ) async throws -> SecretReleases {
        guard (1...64).contains(request.items.count) else {
            throw RPCError.invalid("items", "1 to 64.")
        }
        let outcomes = try await self.releases.release(
            request.items,
            to: try SecretReleaser.Reader(
                key: request.readerKey, requestID: request.requestID, toolID: request.toolID,
                purpose: request.purpose),
            in: context)
        return SecretReleases(
            outcomes: outcomes.map { outcome in
                switch outcome {
                case .success(let release): ReleaseOutcome(released: release)
                case .failure(let error):
                    ReleaseOutcome(reason: error.reason, message: error.message)
                }
            })
    }
}
