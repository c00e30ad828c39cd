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
    package init(
        origin: String, logKeys: [NoteVerifierKey], witnessKeys: [NoteVerifierKey] = [],
        requiredWitnessCount: Int = 0
    ) {
        precondition((0...witnessKeys.count).contains(requiredWitnessCount))
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
        // One witness with two names or types is still one, and a log is no witness of itself.
        let witnesses = Set(
            signers.filter { self.witnessKeys.contains($0.key) }.map(\.key.publicKey)
        ).subtracting(self.logKeys.map(\.publicKey))
        guard witnesses.count >= self.requiredWitnessCount
        else { throw CheckpointError.tooFewWitnesses }
        return VerifiedCheckpoint(checkpoint: checkpoint, signers: signers)
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
