internal import RPC
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Whether a version is released to somebody.  Pure.
enum ReleaseRules {
    /// What was decided.
    enum Verdict: Sendable {
        /// It is, once that is recorded.
        case release(SecretRecord, VersionRecord)
        /// It is not.
        case refuse(Refusal)
    }

    /// Why a version is not released.
    struct Refusal: Error, Sendable {
        /// What the records say.
        let reason: String
        /// What the caller is told.
        let told: RPCError

        /// Which secret it was about, if there is one.
        let secretID: UUID?

        /// The truth, for those who may know it.
        init(_ truth: RPCError, of secretID: UUID? = nil, isTold: Bool) {
            self.reason = truth.reason
            self.told = isTold ? truth : .secretUnavailable
            self.secretID = secretID
        }
    }

    /// Decides: asks for all rights, even about a decoy, so that time does not tell what is there.
    ///
    /// - Parameters:
    ///   - isGenuine: whether both rows are what the vault wrote last.
    static func verdict(
        _ found: SecretStore.Answer, asked: Int64?, isGenuine: Bool, by person: UUID,
        _ rights: Rights
    ) -> Verdict {
        let secret = found.secret
        let mayRead = rights.mayRead(secret, person)
        let mayKnow = rights.mayKnow(secret, person)
        guard found.isThere else {
            return .refuse(Refusal(.secretUnavailable, isTold: true))
        }
        guard isGenuine else {
            return .refuse(Refusal(.tampered, of: secret.id, isTold: mayRead || mayKnow))
        }
        func refuse(_ truth: RPCError) -> Verdict {
            .refuse(Refusal(truth, of: secret.id, isTold: mayKnow))
        }
        guard mayRead else { return refuse(.secretNotYours) }
        if let objection = Self.objection(to: secret, at: found.now) {
            return refuse(objection)
        }
        let state = asked.map { secret.state(of: $0) }
        if state == .destroyed { return refuse(.secretDestroyed) }
        if state == .deleted { return refuse(.secretDeleted) }
        guard found.hasVersion else { return refuse(.versionMissing) }
        return .release(secret, found.version)
    }

    /// Why nothing of a secret is given out.
    private static func objection(to secret: SecretRecord, at now: Date) -> RPCError? {
        if secret.destroyedAt != nil { return .secretDestroyed }
        if secret.deletedAt != nil { return .secretDeleted }
        if !secret.isActive { return .secretInactive }
        return secret.isExpired(at: now) ? .secretExpired : nil
    }
}
