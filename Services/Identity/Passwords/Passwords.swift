internal import Sodium

/// Chooses, hashes and checks passwords; all of it in the bounded pool.
struct Passwords: Sendable {
    let pool: PasswordHashingPool
    let policy: PasswordPolicy

    /// Checks a password that somebody wants to have and hashes it.
    ///
    /// - Parameter words: what an attacker knows of the person.
    func hash(
        _ password: String, knowing words: [String], field: String = "password"
    ) async throws -> String {
        let canonical = try self.policy.check(password, knowing: words, field: field)
        return try await self.pool.hash(canonical)
    }

    /// Whether a password belongs to a hash.
    ///
    /// Does the same work where there is no hash and where nobody can have such a password.
    func verify(_ password: String, against hash: String?) async throws -> Bool {
        let canonical = PasswordPolicy.canonical(password)
        let candidate = canonical == nil ? nil : hash
        return try await self.pool.verify(canonical ?? "", against: candidate)
    }

    /// The hash of a password that was just verified, if the stored one has outdated parameters.
    func upgraded(_ password: String, from hash: String) async throws -> String? {
        guard self.pool.needsRehash(hash), let canonical = PasswordPolicy.canonical(password)
        else { return nil }
        return try await self.pool.hash(canonical)
    }
}
