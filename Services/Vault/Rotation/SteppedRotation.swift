internal import AuditAPI
internal import Logging
internal import Postgres
internal import RPC
internal import SecretFormat
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Gives secrets next values that somebody else makes, in four steps: one is made and put as the
/// pending version; it is brought into use; it is tried; it becomes current.
///
/// Until the last step readers get what they got before.  Whatever is interrupted, the pending
/// version is in the secret's row with its maker's name, and the next attempt goes on with it.
struct SteppedRotation: Sendable {
    let changer: SecretChanger
    let writer: VersionWriter
    let makers: RotationMakers
    let logger: Logger
    let turns = RotationTurns()

    /// Who asks for a rotation.
    struct Asker: Sendable {
        /// The call; `nil` for the vault itself, which does only what is due.
        let context: CallContext?
        /// The latest version as a caller knows it.
        let expectedVersion: Int64
        let reason: String?

        /// The vault itself.
        static let vault = Asker(
            context: nil, expectedVersion: .max, reason: "rotation was due")
    }

    private struct Plan: Sendable {
        let secret: SecretRecord
        /// The version to be rotated in.
        let version: Int64
        /// Whether it is there already.
        let isMade: Bool
    }

    /// Rotates a secret, or goes on with a rotation that was interrupted.
    ///
    /// - Returns: the secret afterwards; as it was if nothing was to be done.
    /// - Throws: ``RotationFailure``; what ``SecretChanger`` throws.
    func rotate(
        _ id: UUID, for asker: Asker
    ) async throws -> (secret: SecretRecord, now: Date) {
        try self.turns.begin(id)
        var secret: SecretRecord?
        do {
            let found = try await self.commit(id, .init(action: .secretRotated), asker) { draft in
                try await self.plan(draft, asker)
            }
            secret = found.secret
            var ended = (found.secret, found.now)
            if let plan = found.answer { ended = try await self.carryOut(plan, asker) }
            self.turns.end(id, isDone: true)
            return ended
        } catch {
            // Who may not rotate it, or cannot be told now, is no failure of the rotation.
            guard let secret, !(error is CancellationError) else {
                self.turns.end(id, isDone: false)
                throw error
            }
            self.turns.fail(id)
            await self.record(error, of: secret, asker)
            throw error
        }
    }

    /// What there is to do; `nil` if there is nothing.
    private func plan(
        _ draft: borrowing SecretChanger.Draft, _ asker: Asker
    ) async throws -> Plan? {
        let secret = draft.secret
        let isAsked = asker.context != nil
        guard secret.isRotatable, RotationMakers.isNeeded(for: secret.rotationMethod) else {
            throw RPCError.notRotatable
        }
        if let pending = secret.pendingVersion {
            let found: VersionRecord? = try await draft.transaction.execute(
                VersionStore.version(secret.id, pending)
            ).decodeFirst()
            guard let found, try found.isAuthentic(to: self.changer.rows.keyring) else {
                throw RPCError.tampered
            }
            if try found.producer == secret.rotationProducer, pending == secret.latestVersion {
                return Plan(secret: secret, version: pending, isMade: true)
            }
            // What a person wants to become current is not put aside.
            guard RotationMakers.producerPrefixes.contains(where: found.producer.hasPrefix)
            else { throw RPCError.versionIsPending }
        }
        guard secret.latestVersion <= asker.expectedVersion else { return nil }
        if isAsked, secret.latestVersion < asker.expectedVersion {
            throw RPCError.versionConflict(latest: secret.latestVersion)
        }
        let isDue = secret.rotationEnabled && secret.needsRotation(at: draft.now)
        guard isAsked || isDue else { return nil }
        return Plan(secret: secret, version: secret.latestVersion + 1, isMade: false)
    }

    private func carryOut(
        _ plan: Plan, _ asker: Asker
    ) async throws -> (secret: SecretRecord, now: Date) {
        let maker = try await Self.taking(plan.isMade ? .set : .make) {
            try self.makers.maker(for: plan.secret)
        }
        var task = self.task(plan, maker)
        if !plan.isMade {
            let value = try await Self.taking(.make) { try await maker.make(task) }
            try await self.put(value, plan, task, asker)
        }
        task.pendingVersion = plan.version
        do {
            try await Self.taking(.set) { try await maker.set(task) }
            try await Self.taking(.confirm) { try await maker.confirm(task) }
        } catch let failure as RotationFailure where failure.fault == .valueRefused {
            try await self.discard(plan, asker)
            throw failure
        }
        return try await self.finish(plan, maker, asker)
    }

    private func task(_ plan: Plan, _ maker: any ValueMaker) -> RotationTask {
        let secret = plan.secret
        return RotationTask(
            key: PublicSealingKey(self.changer.rows.keyring.sealingKey),
            target: SealingTarget(
                secretID: secret.id, ownerID: secret.ownerID, type: secret.type,
                nextVersion: plan.version, producer: maker.producer),
            name: secret.name, version: plan.version, currentVersion: secret.currentVersion,
            pendingVersion: plan.isMade ? plan.version : nil)
    }

    /// Puts what was made as the pending version; nobody but the vault's keyring opens its box.
    private func put(
        _ value: SealedSecretValue, _ plan: Plan, _ task: RotationTask, _ asker: Asker
    ) async throws {
        let sealed = try VersionWriter.sealed(
            value, for: task.target, vaultID: self.changer.rows.keyring.vaultID)
        _ = try await self.commit(
            plan.secret.id, .init(action: .secretWritten, version: plan.version), asker
        ) { draft in
            guard draft.secret.pendingVersion == plan.secret.pendingVersion else {
                throw RPCError.revisionConflict
            }
            draft.details["label"] = .string(SecretLabel.pending.rawValue)
            draft.details["maker"] = .string(task.target.producer)
            _ = try await self.writer.put(
                sealed, label: .pending, reason: asker.reason, by: nil, in: &draft)
        }
    }

    /// Moves the labels, if nobody else has moved them meanwhile.
    private func finish(
        _ plan: Plan, _ maker: any ValueMaker, _ asker: Asker
    ) async throws -> (secret: SecretRecord, now: Date) {
        let made = try await self.commit(
            plan.secret.id, .init(action: .secretRotated, version: plan.version), asker
        ) { draft in
            guard draft.secret.pendingVersion == plan.version,
                draft.secret.currentVersion == plan.secret.currentVersion
            else { throw RPCError.revisionConflict }
            draft.details["method"] = .string(draft.secret.rotationMethod.rawValue)
            draft.details["maker"] = .string(maker.producer)
            draft.secret.makeCurrent(plan.version, at: draft.now)
        }
        return (made.secret, made.now)
    }

    /// Takes the label off a value that its maker cannot use; it can be brought back.
    private func discard(_ plan: Plan, _ asker: Asker) async throws {
        _ = try await self.commit(
            plan.secret.id,
            .init(type: .delete, action: .secretDeleted, version: plan.version), asker
        ) { draft in
            guard draft.secret.pendingVersion == plan.version else { return }
            draft.secret.unlabel(plan.version)
            draft.secret.deletedVersions.append(plan.version)
        }
    }

    private func commit<Answer: Sendable>(
        _ id: UUID, _ kind: SecretChanger.Kind, _ asker: Asker,
        _ body: (inout SecretChanger.Draft) async throws -> Answer
    ) async throws -> (answer: Answer, secret: SecretRecord, now: Date) {
        if let context = asker.context {
            return try await self.changer.change(id, kind, in: context, body)
        }
        return try await self.changer.commit(
            id, kind, as: EpochStore.purpose, deadline: .now + .seconds(30), in: nil
        ) { draft in
            if draft.secret.destroyedAt != nil { throw RPCError.secretDestroyed }
            if draft.secret.deletedAt != nil { throw RPCError.secretDeleted }
            if !draft.secret.isActive { throw RPCError.secretInactive }
            return try await body(&draft)
        }
    }

    /// Says in the log and in the audit log that a rotation has failed.
    private func record(_ error: any Error, of secret: SecretRecord, _ asker: Asker) async {
        let failure = error as? RotationFailure
        self.logger.warning(
            "a rotation has failed", metadata: ["secret": "\(secret.id)", "error": "\(error)"])
        var details: [String: JSONValue] = ["method": .string(secret.rotationMethod.rawValue)]
        details["step"] = failure.map { .string($0.step.rawValue) }
        details["fault"] = failure.map { .string($0.fault.description) }
        do {
            try await self.changer.audit.commit(
                AuditFact(
                    .secretRotated, outcome: .failed, of: AuditResource("secret", secret.id),
                    reason: Self.reason(error),
                    isSensitive: true, payload: AuditPayload(details: .object(details))),
                in: asker.context, to: self.changer.database, deadline: .now + .seconds(10))
        } catch {
            self.logger.warning(
                "that a rotation has failed could not be recorded",
                metadata: ["secret": "\(secret.id)", "error": "\(error)"])
        }
    }

    private static func reason(_ error: any Error) -> String {
        let told = error as? RPCError ?? (error as? any RPCErrorConvertible)?.rpcError
        return told?.reason ?? "rpc.internal"
    }

    private static func taking<Value>(
        _ step: RotationStep, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let fault as RotationFault {
            throw RotationFailure(step: step, fault: fault)
        }
    }
}

extension SecretRecord {
    /// How the versions that its hook or peer makes name it.
    fileprivate var rotationProducer: String {
        get throws {
            let name = try RotationMakers.name(
                in: self.rotationConfiguration, for: self.rotationMethod)
            return "\(self.rotationMethod):\(name)"
        }
    }
}
