import AuditAPI
import Postgres
import ServiceKit

@testable import AuditService

extension TestLog {
    /// Lets an operator begin a new epoch.
    @discardableResult
    func beginEpoch(
        isSignerFileLost: Bool = false, keptNote: String? = nil
    ) async throws -> CheckpointSigner.Signed {
        let signer = try self.signer()
        try signer.open()
        defer { signer.close() }
        let pool = self.runtimePool()
        let begun: Result<CheckpointSigner.Signed, any Error>
        do {
            begun = .success(
                try await EpochBeginning(
                    database: pool, signer: signer, isSignerFileLost: isSignerFileLost,
                    keptNote: keptNote
                ).begin(reason: "the disk broke"))
        } catch {
            begun = .failure(error)
        }
        await pool.close()
        return try begun.get()
    }
}
