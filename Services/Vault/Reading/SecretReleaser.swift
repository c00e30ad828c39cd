internal import AuditAPI
internal import Postgres
internal import RPC
internal import SecretFormat
internal import ServiceKit
internal import Sodium
internal import VaultAPI

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.UUID

/// Releases versions: looks, decides, has the use recorded, and only then seals the data key
/// to the reader.
struct SecretReleaser: Sendable {
    let store: SecretStore
    let rows: RowGuard
    let alarm: TamperAlarm
    let rights: Rights
    let recorder: AccessRecorder
    let audit: AuditOutbox
    let standing: VaultStanding
    /// How long values are released without a word from the audit log; `nil` means that nobody
    /// asks.
    let logSilenceLimit: Duration?

    /// Who reads, in which request, and what for.
    struct Reader: Sendable {
        let key: BoxPublicKey
        let requestID: [UInt8]
        let toolID: UUID?
        let purpose: String?

        /// Checks what a reader says of itself.
        init(key: Data, requestID: Data, toolID: UUID?, purpose: String?) throws {
            do {
                self.key = try BoxPublicKey(Array(key))
            } catch {
                throw RPCError.invalid("readerKey", "an X25519 public key of 32 bytes.")
            }
            self.requestID = try FieldRules.bytes(requestID, "requestID", count: 16)
            self.toolID = toolID
            self.purpose = try purpose.map {
                try FieldRules.text($0, "purpose", limit: 500)
            }
        }
    }

    /// Releases what may be released; each with an outcome of its own, all recorded at once.
    ///
    /// - Throws: what keeps the use from being recorded, and then nothing is released.
    func release(
        _ references: [SecretReference], to reader: Reader, in context: CallContext
    ) async throws -> [Result<SecretRelease, RPCError>] {
        try self.standing.requireOpen()
        if let limit = self.logSilenceLimit { try self.audit.requireLog(within: limit) }
        let began = ContinuousClock.now
        let person = try context.requireCaller().userID
        let questions = try references.map { try $0.question(of: person) }
        let (verdicts, entries) = try await self.recorder.expecting {
            let verdicts = try await self.verdicts(questions, by: person, context)
            return (
                verdicts,
                try zip(questions, verdicts).map { question, verdict in
                    try self.entry(question, verdict, reader, context)
                }
            )
        }
        let sealed = try await self.recorder.record(entries)
        let outcomes = try await self.released(
            verdicts, sealed, to: reader, by: person, context)
        if outcomes.contains(.failure(.secretUnavailable)) {
            try await Self.waitForRefusal(since: began)
        }
        return outcomes
    }

    /// Refusals that do not say why leave at multiples of this after their calls came: what more a
    /// row holds takes some microseconds, and many calls would tell.
    private static let refusalInterval = Duration.milliseconds(5)

    private static func waitForRefusal(since began: ContinuousClock.Instant) async throws {
        let steps = (began.duration(to: .now) / Self.refusalInterval).rounded(.up)
        try await Task.sleep(until: began + Self.refusalInterval * steps, clock: .continuous)
    }

    private func verdicts(
        _ questions: [SecretStore.Question], by person: UUID, _ context: CallContext
    ) async throws -> [ReleaseRules.Verdict] {
        // Read before the rows: what is acknowledged later may be of a newer row.
        let known = questions.map { $0.id.flatMap(self.rows.keyring.revision(of:)) }
        let answers = try await self.store.find(questions, deadline: context.deadline)
        var verdicts: [ReleaseRules.Verdict] = []
        for (index, question) in questions.enumerated() {
            let (answer, known) = try await self.store.settled(
                answers[index], question, known: known[index], by: self.rows.keyring,
                deadline: context.deadline)
            let isGenuine = try await self.isGenuine(answer, question, known: known, context)
            verdicts.append(
                ReleaseRules.verdict(
                    answer, asked: question.number(in: answer.secret), isGenuine: isGenuine,
                    by: person, self.rights))
        }
        return verdicts
    }

    private func isGenuine(
        _ answer: SecretStore.Answer, _ question: SecretStore.Question, known: Int64?,
        _ context: CallContext
    ) async throws -> Bool {
        // The MACs of decoys are worked out too.
        var what = try self.rows.finding(answer.secret, known: known)
        let isVersionAuthentic = try answer.version.isAuthentic(to: self.rows.keyring)
        if !answer.isThere { what = known == nil ? .genuine : .missing }
        if what == .genuine, answer.isThere { try await self.rows.acknowledge(answer.secret) }
        if what != .genuine, let id = answer.isThere ? answer.secret.id : question.id {
            try await self.alarm.raise(
                .init(kind: "secret", id: id, version: nil, what: what), in: context)
        }
        if answer.hasVersion, !isVersionAuthentic {
            try await self.raise(answer.version, context)
            return false
        }
        return what == .genuine
    }

    private func raise(_ version: VersionRecord, _ context: CallContext) async throws {
        try await self.alarm.raise(
            .init(
                kind: "secret_version", id: version.secretID, version: version.number,
                what: .altered),
            in: context)
    }

    private func entry(
        _ question: SecretStore.Question, _ verdict: ReleaseRules.Verdict,
        _ reader: Reader, _ context: CallContext
    ) throws -> AccessEntry {
        switch verdict {
        case .release(let secret, let version):
            try AccessEntry(
                .read, of: secret.id, version: version.number, action: .secretRead,
                toolID: reader.toolID, purpose: reader.purpose, releasing: version,
                to: self.audit, in: context)
        case .refuse(let refusal):
            try AccessEntry(
                .read, of: refusal.secretID ?? question.id, version: question.version,
                action: .secretRead, refusal: refusal.reason, toolID: reader.toolID,
                purpose: reader.purpose, to: self.audit, in: context)
        }
    }

    private func released(
        _ verdicts: [ReleaseRules.Verdict], _ sealed: [SealedContent?], to reader: Reader,
        by person: UUID, _ context: CallContext
    ) async throws -> [Result<SecretRelease, RPCError>] {
        var outcomes: [Result<SecretRelease, RPCError>] = []
        for (verdict, sealed) in zip(verdicts, sealed) {
            switch verdict {
            case .refuse(let refusal): outcomes.append(.failure(refusal.told))
            case .release(let secret, let version):
                let isTold = self.rights.mayKnow(secret, person)
                do {
                    guard let sealed else { throw RPCError.secretDestroyed }
                    outcomes.append(
                        .success(
                            try await self.release(
                                version, sealed, to: reader, by: person, context)))
                } catch let error as RPCError {
                    let isKnown = isTold || error == .tampered
                    outcomes.append(.failure(isKnown ? error : .secretUnavailable))
                }
            }
        }
        return outcomes
    }

    private func release(
        _ version: VersionRecord, _ sealed: SealedContent, to reader: Reader, by person: UUID,
        _ context: CallContext
    ) async throws -> SecretRelease {
        let keyring = self.rows.keyring
        let hash = SealedVersion.hash(ofCiphertext: sealed.ciphertext)
        guard hash == version.ciphertextHash else {
            try await self.raise(version, context)
            throw RPCError.tampered
        }
        let readerID = person.uuidString.lowercased()
        let release = Release(
            context: version.context(vaultID: keyring.vaultID),
            commitment: version.commitment, ciphertextHash: hash,
            reader: Release.Reader(
                publicKey: reader.key, requestID: reader.requestID, readerID: readerID))
        do {
            return SecretRelease(
                try keyring.release(sealed.wrapped, release), of: release,
                ciphertext: sealed.ciphertext)
        } catch KeyringError.destroyed where keyring.isDestroyed(version) {
            throw RPCError.secretDestroyed
        } catch is KeyringError, is SecretFormatError {
            try await self.raise(version, context)
            throw RPCError.tampered
        }
    }
}

extension Keyring {
    fileprivate func isDestroyed(_ version: VersionRecord) -> Bool {
        self.isDestroyed(version.secretID, version: version.number)
    }
}

extension SecretReference {
    /// What it names, for the person who asks.
    func question(of person: UUID) throws -> SecretStore.Question {
        guard (self.secretID == nil) != (self.name == nil) else {
            throw RPCError.invalid("secretID", "either this or a name.")
        }
        let label = try self.label.map { try FieldRules.known($0, "label") } ?? .current
        return SecretStore.Question(
            id: self.secretID,
            name: try self.name.map { try FieldRules.line($0, "name", limit: 200) },
            ownerID: self.name == nil ? nil : self.ownerID ?? person,
            version: try self.version.map {
                try FieldRules.number($0, "version", in: 1...Int64.max)
            },
            label: label)
    }
}

extension SecretStore.Question {
    /// The number that is asked for.
    func number(in secret: SecretRecord) -> Int64? {
        self.version ?? secret.version(labelled: self.label)
    }
}

extension SecretRelease {
    /// What goes to the reader.
    init(_ key: ReleasedKey, of release: Release, ciphertext: [UInt8]) {
        let context = release.context
        self.init(
            requestID: Data(release.reader.requestID), readerID: release.reader.readerID,
            vaultID: context.vaultID, ownerID: context.ownerID, secretID: context.secretID,
            version: context.version, type: SecretType(rawValue: context.secretType),
            producer: context.producer, suite: context.suite, ciphertext: Data(ciphertext),
            commitment: Data(release.commitment), released: Data(key.box),
            identityKey: Data(key.identity), signature: Data(key.signature))
    }
}
