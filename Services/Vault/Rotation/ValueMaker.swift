internal import VaultAPI

/// Whoever makes the next values of secrets outside the vault, and brings them into use.
///
/// Each step may be taken again for the same version.
protocol ValueMaker: Sendable {
    /// How the versions that it has sealed name it: `hook:` or `peer:` and a name.
    var producer: String { get }

    /// A value, sealed for the task's target; nothing is changed by it yet.
    ///
    /// - Throws: ``RotationFault``.
    func make(_ task: RotationTask) async throws -> SealedSecretValue

    /// Brings the pending value into use.
    ///
    /// - Throws: ``RotationFault``.
    func set(_ task: RotationTask) async throws

    /// Tries the pending value.
    ///
    /// - Throws: ``RotationFault``.
    func confirm(_ task: RotationTask) async throws
}
