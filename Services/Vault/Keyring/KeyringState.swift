internal import FoundationEssentials

/// What the keyring says after all of its changes.
struct KeyringState: Sendable {
    /// How many changes there were.
    var counter: Int64 = 0
    /// The vault's identity.
    private(set) var identity: (publicKey: [UInt8], sealed: [UInt8])?
    /// The key of the rows' codes, sealed.
    private(set) var codeKey: [UInt8]?
    /// By number.
    private(set) var epochRecords: [EpochRecord] = []
    /// Sealed.
    private(set) var destructionKeys: [VersionID: [UInt8]] = [:]
    private(set) var destroyedVersions: [VersionID: Date] = [:]
    private(set) var destroyedSecrets: [UUID: Date] = [:]
    /// The highest that were acknowledged.
    private(set) var revisions: [UUID: Int64] = [:]

    /// What is public about the epochs.
    var epochs: [KeyEpoch] { self.epochRecords.map(\.epoch) }

    /// The number of the epoch that is made next.
    var nextEpochNumber: Int64 { (self.epochRecords.last?.epoch.number ?? 0) + 1 }

    /// Whether a version was destroyed, by itself or with its secret.
    func isDestroyed(_ id: VersionID) -> Bool {
        self.destroyedSecrets[id.secret] != nil || self.destroyedVersions[id] != nil
    }

    /// Everything that was destroyed, the oldest first.
    var tombstones: [Tombstone] {
        let secrets = self.destroyedSecrets.map {
            Tombstone(secret: $0.key, version: nil, destroyedAt: $0.value)
        }
        let versions = self.destroyedVersions.map {
            Tombstone(secret: $0.key.secret, version: $0.key.version, destroyedAt: $0.value)
        }
        return (secrets + versions).sorted { $0.destroyedAt < $1.destroyedAt }
    }

    /// Takes a change.
    ///
    /// - Throws: ``KeyringFault`` if it cannot follow from what was before.
    mutating func apply(_ record: KeyringRecord) throws(KeyringFault) {
        switch record {
        case .snapshot: throw KeyringFault("a second beginning")
        case .identity(let publicKey, let sealed): self.identity = (publicKey, sealed)
        case .codeKey(let sealed): self.codeKey = sealed
        case .epoch(let record): try self.add(record)
        case .epochDestroyed(let number, let date):
            guard
                let index = self.epochRecords.firstIndex(where: { $0.epoch.number == number }),
                self.epochRecords[index].epoch.state == .openOnly
            else { throw KeyringFault("the end of an epoch that has not ended") }
            self.epochRecords[index].epoch.state = .destroyed
            self.epochRecords[index].epoch.destroyedAt = date
            self.epochRecords[index].sealedSecret = nil
        case .destructionKey(let id, let sealed):
            guard !self.isDestroyed(id) else {
                throw KeyringFault("a key of what was destroyed")
            }
            self.destructionKeys[id] = sealed
        case .versionDestroyed(let id, let date):
            self.destroyedVersions[id] = date
            self.destructionKeys[id] = nil
        case .secretDestroyed(let secret, let date):
            self.destroyedSecrets[secret] = date
            for id in self.destructionKeys.keys where id.secret == secret {
                self.destructionKeys[id] = nil
            }
        case .revision(let secret, let revision):
            self.revisions[secret] = max(revision, self.revisions[secret] ?? .min)
        }
        self.counter += 1
    }

    private mutating func add(_ record: EpochRecord) throws(KeyringFault) {
        guard record.epoch.number >= self.nextEpochNumber else {
            throw KeyringFault("an epoch out of its order")
        }
        if record.epoch.state == .active {
            for index in self.epochRecords.indices
            where self.epochRecords[index].epoch.state == .active {
                self.epochRecords[index].epoch.state = .openOnly
            }
        }
        self.epochRecords.append(record)
    }

    /// Checks that everything is there that a vault cannot be without.
    func checkIsWhole() throws(KeyringFault) {
        guard self.identity != nil, self.codeKey != nil,
            self.epochRecords.last?.epoch.state == .active
        else { throw KeyringFault("no identity, no key of codes, or no active epoch") }
    }

    /// The changes that lead to this state from nothing, without what is gone.
    var records: [KeyringRecord] {
        var records: [KeyringRecord] = []
        if let identity {
            records.append(.identity(publicKey: identity.publicKey, sealed: identity.sealed))
        }
        if let codeKey { records.append(.codeKey(sealed: codeKey)) }
        records += self.epochRecords.map { .epoch($0) }
        records += self.destroyedSecrets.map { .secretDestroyed($0.key, at: $0.value) }
        records += self.destroyedVersions.map { .versionDestroyed($0.key, at: $0.value) }
        records += self.destructionKeys.map { .destructionKey($0.key, sealed: $0.value) }
        records += self.revisions.map { .revision(secret: $0.key, $0.value) }
        return records
    }
}

/// Why records do not make a keyring.
struct KeyringFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Completes "there is …".
    let description: String

    init(_ description: String) { self.description = description }
}
