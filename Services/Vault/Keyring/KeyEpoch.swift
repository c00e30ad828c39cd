internal import FoundationEssentials

/// A key pair to which data keys are sealed for a time, as far as it is public.
struct KeyEpoch: Sendable, Hashable {
    /// What may still be done with it.
    ///
    /// `active` ends in `openOnly` with the next epoch, `openOnly` in `destroyed`.
    enum State: Int, Sendable, Hashable {
        /// Data keys are sealed to it.
        case active = 1
        /// What was sealed to it is opened.
        case openOnly = 2
        /// Its secret key is gone.
        case destroyed = 3
    }

    /// From 1.
    let number: Int64
    /// How versions name it: 16 bytes.
    let keyID: [UInt8]
    /// 32 bytes (X25519).
    let publicKey: [UInt8]
    /// What may still be done with it.
    var state: State
    /// When it was made.
    let createdAt: Date
    /// When its secret key was destroyed.
    var destroyedAt: Date?
}
