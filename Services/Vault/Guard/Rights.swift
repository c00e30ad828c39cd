internal import struct FoundationEssentials.UUID

/// What people may do with secrets, beside what the methods' own rules ask of them.
struct Rights: Sendable {
    /// Whether a person holds a permission now.
    let permits: @Sendable (_ permission: String, _ person: UUID) -> Bool

    /// Whether somebody looks after all secrets and says what makes their next values; that does
    /// not let them read any that is not theirs.
    func mayManage(_ person: UUID) -> Bool { self.permits("vault:manage", person) }

    /// Whether somebody is told the truth about a secret that cannot be had.
    func mayKnow(_ secret: SecretRecord, _ person: UUID) -> Bool {
        secret.ownerID == person || self.mayManage(person)
    }

    /// Whether a secret may be released to somebody.
    func mayRead(_ secret: SecretRecord, _ person: UUID) -> Bool {
        if secret.ownerID == person { return true }
        return secret.requiredPermission.map { self.permits($0, person) } ?? false
    }

    /// Whether somebody sees a secret and may change it, as far as the method's rule lets them.
    func mayUse(_ secret: SecretRecord, _ person: UUID) -> Bool {
        self.mayRead(secret, person) || self.mayManage(person)
    }
}
