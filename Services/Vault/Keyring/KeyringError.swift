internal import FoundationEssentials

/// Why the keyring did not do something; the keyring is as it was, but for `unwritable`.
enum KeyringError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The keyring or its mirror cannot be written.  Whether the change is on disk is not known
    /// until the next start; it can be asked for again.
    case unwritable(String)
    /// Another process has written the keyring: this one writes no more.
    case fenced(String)
    /// So many changes wait that no more are taken.
    case busy
    /// A version names a key that is not in the keyring, or whose secret key is gone.
    case unknownKey
    /// The epoch is not there, or not in the state that this needs.
    case wrongEpoch(Int64)
    /// The version's destruction key was destroyed, or was never there.
    case destroyed
    /// A wrapped key was changed, or belongs to another version.
    case wrappingBroken

    var description: String {
        switch self {
        case .unwritable(let reason): "The keyring cannot be written: \(reason)."
        case .fenced(let reason): "Another process has written the keyring: \(reason)."
        case .busy: "Too many changes of the keyring wait to be written."
        case .unknownKey: "A key that this is sealed to is not in the keyring."
        case .wrongEpoch(let number): "The key epoch \(number) does not allow that."
        case .destroyed: "The key that this is wrapped with is not in the keyring."
        case .wrappingBroken: "A wrapped key was changed, or belongs to another version."
        }
    }
}

/// What is known to be destroyed for good.
struct Tombstone: Sendable, Hashable {
    /// The secret.
    let secret: UUID
    /// The version; `nil` for the secret with all of its versions.
    let version: Int64?
    /// When.
    let destroyedAt: Date
}

/// A data key as it is stored.
struct WrappedKey: Sendable, Hashable {
    /// The box under the version's destruction key: ``byteCount`` bytes.
    let bytes: [UInt8]
    /// Which epoch's key the box is sealed to: 16 bytes.
    let keyID: [UInt8]
}
