package import TransparencyLog

/// The key by which somebody knows one installation's log, through all of the log's epochs.
///
/// An epoch's checkpoints begin with an origin of its own, which is the log's name and perhaps a
/// number behind a slash: `example.org/audit`, `example.org/audit/2`.
package struct AuditLogKey: Sendable, Hashable {
    /// The key.
    package let verifierKey: NoteVerifierKey

    /// Takes a key.
    package init(_ verifierKey: NoteVerifierKey) { self.verifierKey = verifierKey }

    /// Reads a key written as `name+ID+key`.
    ///
    /// - Throws: ``NoteKeyError``.
    package init(_ text: String) throws(NoteKeyError) { self.init(try NoteVerifierKey(text)) }

    /// The key as it is written.
    package var text: String { self.verifierKey.text }

    /// Whether another key is this one, be it named after another epoch of the log.
    package func isSameLog(as other: AuditLogKey) -> Bool {
        self.verifierKey.publicKey == other.verifierKey.publicKey
            && self.verifierKey.type == other.verifierKey.type
            && Self.stem(self.verifierKey.name.text)
                .elementsEqual(Self.stem(other.verifierKey.name.text))
    }

    /// Checks that the log has signed a checkpoint.
    ///
    /// - Returns: the checkpoint, which can be believed as far as the key can.
    /// - Throws: ``AuditLogKeyError``.
    package func verify(_ note: SignedNote) throws(AuditLogKeyError) -> Checkpoint {
        let checkpoint: Checkpoint
        do {
            checkpoint = try Checkpoint(text: note.text)
        } catch {
            throw .notACheckpoint
        }
        guard Self.stem(checkpoint.origin).elementsEqual(Self.stem(self.verifierKey.name.text))
        else { throw .otherLog(checkpoint.origin) }
        do {
            let policy = try CheckpointPolicy(
                origin: checkpoint.origin, logKeys: try self.keys(for: checkpoint.origin))
            return try policy.verify(note).checkpoint
        } catch NoteError.wrongSignature {
            throw .wrongSignature
        } catch {
            throw .notSigned
        }
    }

    /// Reads a note and checks that the log has signed it as a checkpoint.
    ///
    /// - Throws: ``AuditLogKeyError``.
    package func verify(note: some Collection<UInt8>) throws(AuditLogKeyError) -> Checkpoint {
        let parsed: SignedNote
        do {
            parsed = try SignedNote(parsing: note)
        } catch {
            throw .notACheckpoint
        }
        return try self.verify(parsed)
    }

    /// The key under its own name, and under the epoch's.
    private func keys(for origin: String) throws -> [NoteVerifierKey] {
        guard let name = KeyName(origin), name != self.verifierKey.name
        else { return [self.verifierKey] }
        let key = self.verifierKey
        return [
            key, try NoteVerifierKey(name: name, type: key.type, publicKey: key.publicKey),
        ]
    }

    /// A name without the number of an epoch.
    private static func stem(_ name: String) -> Substring.UTF8View {
        let bytes = name.utf8[...]
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes }
        let last = bytes[bytes.index(after: slash)...]
        let isNumber = !last.isEmpty && last.allSatisfy { (0x30...0x39).contains($0) }
        return isNumber ? bytes[..<slash] : bytes
    }
}

/// Why a checkpoint was not believed.
package enum AuditLogKeyError: Error, Hashable, CustomStringConvertible {
    /// It is no signed note with a checkpoint in it.
    case notACheckpoint
    /// It is the checkpoint of the log with this origin.
    case otherLog(String)
    /// The key has not signed it.
    case notSigned
    /// A signature in the key's name does not belong to the text.
    case wrongSignature

    package var description: String {
        switch self {
        case .notACheckpoint: "it is no checkpoint in the form of a signed note"
        case .otherLog(let origin): "it is a checkpoint of another log, \(origin)"
        case .notSigned: "the log's key has not signed it"
        case .wrongSignature: "the signature does not belong to it: it was changed"
        }
    }
}
