/// Whom a verifier believes about a log: the log's keys, and some of its witnesses.
package struct CheckpointPolicy: Sendable {
    /// The log's first line.
    package let origin: String
    /// The log's keys, of which one must have signed.
    package let logKeys: [NoteVerifierKey]
    /// The witnesses' keys.
    package let witnessKeys: [NoteVerifierKey]
    /// How many different witnesses must have signed.
    package let requiredWitnessCount: Int

    /// States a policy; without witnesses, the log alone is believed.
    ///
    /// - Throws: ``CheckpointError/tooFewWitnesses`` where nothing could satisfy it: one witness
    ///   with two names or types is still one, and a log is no witness of itself.
    package init(
        origin: String, logKeys: [NoteVerifierKey], witnessKeys: [NoteVerifierKey] = [],
        requiredWitnessCount: Int = 0
    ) throws(CheckpointError) {
        let witnesses = Self.witnesses(witnessKeys, of: logKeys)
        guard (0...witnesses.count).contains(requiredWitnessCount)
        else { throw .tooFewWitnesses }
        self.origin = origin
        self.logKeys = logKeys
        self.witnessKeys = witnessKeys
        self.requiredWitnessCount = requiredWitnessCount
    }

    /// Checks a checkpoint.
    ///
    /// - Returns: the checkpoint, which can be believed as far as the policy is right.
    /// - Throws: the ``NoteError`` of ``SignedNote/verify(with:)``; a ``CheckpointError``, among
    ///   them ``CheckpointError/otherOrigin``, ``CheckpointError/notSignedByLog`` and
    ///   ``CheckpointError/tooFewWitnesses``.
    package func verify(_ note: SignedNote) throws -> VerifiedCheckpoint {
        let signers = try note.verify(with: self.logKeys + self.witnessKeys)
        guard signers.contains(where: { self.logKeys.contains($0.key) })
        else { throw CheckpointError.notSignedByLog }
        let checkpoint = try Checkpoint(text: note.text)
        guard checkpoint.origin.utf8.elementsEqual(self.origin.utf8)
        else { throw CheckpointError.otherOrigin }
        let witnesses = Self.witnesses(
            signers.map(\.key).filter(self.witnessKeys.contains), of: self.logKeys)
        guard witnesses.count >= self.requiredWitnessCount
        else { throw CheckpointError.tooFewWitnesses }
        return VerifiedCheckpoint(checkpoint: checkpoint, signers: signers)
    }

    /// The public keys of different witnesses, without the log's own.
    private static func witnesses(
        _ keys: [NoteVerifierKey], of logKeys: [NoteVerifierKey]
    ) -> Set<[UInt8]> {
        Set(keys.map(\.publicKey)).subtracting(logKeys.map(\.publicKey))
    }
}

/// A checkpoint that satisfied a ``CheckpointPolicy``, and who signed it.
package struct VerifiedCheckpoint: Sendable, Hashable {
    /// What the log says.
    package let checkpoint: Checkpoint
    /// The trusted keys that have signed, of the log and of witnesses.
    package let signers: [SignedNote.Signer]

    init(checkpoint: Checkpoint, signers: [SignedNote.Signer]) {
        self.checkpoint = checkpoint
        self.signers = signers
    }
}
