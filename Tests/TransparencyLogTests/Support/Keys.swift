import TransparencyLog

/// Keys of logs and witnesses that exist in tests only.
enum Keys {
    static func signing(
        _ name: String, type: NoteSignatureType = .ed25519, seed: UInt8
    ) throws -> NoteSigningKey {
        try NoteSigningKey(
            name: KeyName(name)!, type: type, seed: Array(repeating: seed, count: 32))
    }

    static func log() throws -> NoteSigningKey {
        try Self.signing("log.example/audit", seed: 1)
    }

    static func witness(_ number: UInt8) throws -> NoteSigningKey {
        try Self.signing("witness.example/\(number)", type: .cosignature, seed: 100 + number)
    }
}
