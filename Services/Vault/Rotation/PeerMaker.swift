internal import RPC
internal import VaultAPI

/// Makes next values by a service that offers the methods `rotation.*`.
struct PeerMaker: ValueMaker {
    let name: String
    let client: RPCClient
    /// How long a step may take.
    let patience: Duration

    /// The reason with which a peer says that another value is to be made.
    static let valueRefusedReason = "rotation.value_refused"

    var producer: String { "peer:\(self.name)" }

    func make(_ task: RotationTask) async throws -> SealedSecretValue {
        try await self.ask(MakeValue(task: task))
    }

    func set(_ task: RotationTask) async throws { _ = try await self.ask(SetValue(task: task)) }

    func confirm(_ task: RotationTask) async throws {
        _ = try await self.ask(ConfirmValue(task: task))
    }

    private func ask<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        do {
            return try await self.client.call(
                request, options: CallOptions(timeout: self.patience))
        } catch let error as RPCError {
            try Task.checkCancellation()
            if error.reason == Self.valueRefusedReason { throw RotationFault.valueRefused }
            if error.code == .deadlineExceeded { throw RotationFault.tooLate }
            throw RotationFault.refused(error.reason)
        }
    }
}
