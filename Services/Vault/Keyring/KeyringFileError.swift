internal import FoundationEssentials

/// Why a keyring's file was not read.
enum KeyringFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is none.
    case missing(String)
    /// The system does not let it be read.
    case unreadable(String)
    /// It does not begin as a keyring does.
    case notAKeyring
    /// It was written under another root key.
    case otherRootKey
    /// It is of another vault.
    case otherVault(expected: UUID, found: UUID)
    /// It was changed, or damaged, at this byte.
    case broken(offset: Int, String)
    /// It ends before everything was said that it began with, as an interrupted copy does.
    case incomplete

    var description: String {
        switch self {
        case .missing(let path): "There is no keyring \(path)."
        case .unreadable(let reason): "The keyring cannot be read: \(reason)."
        case .notAKeyring: "The file is not a keyring."
        case .otherRootKey:
            "The keyring or its mirror was written under another root key. If a change of it was "
                + "interrupted, the same command finishes: steward-vault rotate-root-key"
        case .otherVault(let expected, let found):
            "The keyring is of the vault \(found.uuidString.lowercased()) and not of "
                + "\(expected.uuidString.lowercased())."
        case .broken(let offset, let what):
            "The keyring was changed or damaged at byte \(offset): there is \(what). "
                + "An intact copy can be restored with: steward-vault restore-keyring"
        case .incomplete: "The keyring's file is incomplete, as an interrupted copy is."
        }
    }
}

/// What was put right when a keyring was opened.
enum KeyringRepair: Sendable, Hashable, CustomStringConvertible {
    /// The last change was not written whole, and nobody was told that it counts.
    case droppedTail(byteCount: Int)
    /// The mirror had changes that the keyring had not: a write had reached it alone.
    case takenFromMirror(changeCount: Int64)
    /// The mirror was missing, behind or damaged.
    case mirrorWritten(String)

    var description: String {
        switch self {
        case .droppedTail(let byteCount):
            "The keyring ended in \(byteCount) bytes of a change that was never finished."
        case .takenFromMirror(let changeCount):
            "\(changeCount) changes were in the mirror of the keyring alone."
        case .mirrorWritten(let reason): "The mirror of the keyring is written anew: \(reason)"
        }
    }
}
