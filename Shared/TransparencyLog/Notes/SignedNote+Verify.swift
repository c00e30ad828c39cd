extension SignedNote {
    /// A trusted key that has signed a note.
    package struct Signer: Sendable, Hashable {
        /// The key.
        package let key: NoteVerifierKey
        /// For a cosignature, when it was made, in seconds since 1970; `nil` for other types.
        ///
        /// The latest, if there are several.
        package let timestamp: UInt64?
    }

    /// Checks the signatures of trusted keys; those of others are ignored.
    ///
    /// - Returns: each trusted key that has signed, once, in the order of the signatures; never
    ///   empty.
    /// - Throws: ``NoteError/ambiguousKey(_:_:)``, ``NoteError/wrongSignature(_:_:)`` if any
    ///   signature of a trusted key is wrong, or ``NoteError/unknownSigners``.
    package func verify(with keys: [NoteVerifierKey]) throws(NoteError) -> [Signer] {
        struct Identity: Hashable {
            let name: KeyName
            let keyID: KeyID
        }
        var known: [Identity: NoteVerifierKey] = [:]
        for key in keys {
            let replaced = known.updateValue(key, forKey: Identity(name: key.name, keyID: key.id))
            guard replaced == nil || replaced == key else { throw .ambiguousKey(key.name, key.id) }
        }
        var signers: [Signer] = []
        for signature in self.signatures {
            let identity = Identity(name: signature.name, keyID: signature.keyID)
            guard let key = known[identity] else { continue }
            guard let time = key.verify(signature, of: self.text) else {
                throw .wrongSignature(signature.name, signature.keyID)
            }
            if let index = signers.firstIndex(where: { $0.key == key }) {
                let latest = [signers[index].timestamp, time.timestamp].compactMap { $0 }.max()
                signers[index] = Signer(key: key, timestamp: latest)
            } else {
                signers.append(Signer(key: key, timestamp: time.timestamp))
            }
        }
        guard !signers.isEmpty else { throw .unknownSigners }
        return signers
    }
}
