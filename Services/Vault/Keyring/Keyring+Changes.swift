internal import FoundationEssentials

// Each of these is on disk, in the mirror too, when it returns; waiting callers share one write.
extension Keyring {
    /// Makes the destruction key of a version that is to be stored; nothing if there is one.
    ///
    /// - Throws: ``KeyringError``; `destroyed` if the version or its secret was.
    func addDestructionKey(secret: UUID, version: Int64) async throws {
        let id = VersionID(secret: secret, version: version)
        try await self.writer.change(.secret(secret)) { [keys] state in
            guard !state.isDestroyed(id) else { throw KeyringError.destroyed }
            guard state.destructionKeys[id] == nil else { return [] }
            return [.destructionKey(id, sealed: try keys.newDestructionKey(id))]
        }
    }

    /// Remembers the revision that a secret's row has reached; nothing if a higher one was.
    ///
    /// - Throws: ``KeyringError``.
    func acknowledge(secret: UUID, revision: Int64) async throws {
        try await self.writer.change(.secret(secret)) { state in
            guard state.revisions[secret, default: .min] < revision else { return [] }
            return [.revision(secret: secret, revision)]
        }
    }

    /// Destroys versions, or a secret with all of its versions: their keys are gone from the file
    /// and its mirror, and cannot be made again.
    ///
    /// - Parameter versions: those to destroy; with `wholeSecret`, all that have keys besides.
    /// - Throws: ``KeyringError``.
    func destroy(
        secret: UUID, versions: [Int64], wholeSecret: Bool, at date: Date = Date()
    ) async throws {
        try await self.writer.change(.secret(secret)) { state in
            guard state.destroyedSecrets[secret] == nil else { return [] }
            if wholeSecret { return [.secretDestroyed(secret, at: date)] }
            return versions.map { VersionID(secret: secret, version: $0) }
                .filter { state.destroyedVersions[$0] == nil }
                .map { .versionDestroyed($0, at: date) }
        }
    }

    /// Makes a new key pair; what is sealed from now on is sealed to it.
    ///
    /// - Throws: ``KeyringError``.
    func addEpoch(at date: Date = Date()) async throws -> KeyEpoch {
        let made = try await self.writer.change(.epochs) { [keys] state in
            [.epoch(try keys.newEpoch(number: state.nextEpochNumber, at: date))]
        }
        guard case .epoch(let record)? = made.first else { throw KeyringError.wrongEpoch(0) }
        return record.epoch
    }

    /// Destroys the secret key of an epoch, to which no version may be sealed any more: the caller
    /// has made sure.
    ///
    /// - Throws: ``KeyringError``; `wrongEpoch` if there is none of that number or it is active.
    func destroyEpoch(_ number: Int64, at date: Date = Date()) async throws {
        try await self.writer.change(.epochs) { state in
            guard let epoch = state.epochs.first(where: { $0.number == number }),
                epoch.state != .active
            else { throw KeyringError.wrongEpoch(number) }
            return epoch.state == .destroyed ? [] : [.epochDestroyed(number, at: date)]
        }
    }
}
