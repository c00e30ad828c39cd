package import Postgres

/// Migrations that were embedded in the program, from their files' names and bytes.
///
/// - Parameter files: for each file its name, such as `V0001_sessions.sql`, and its bytes, such as
///   `PackageResources.V0001_sessions_sql`.
/// - Returns: the migrations; `migrate` and the start of a service check their order.
package func embeddedMigrations(_ files: [(name: String, bytes: [UInt8])]) -> [Migration] {
    files.map { file in
        do {
            return try Migration(
                fileName: file.name, sql: String(decoding: file.bytes, as: UTF8.self))
        } catch {
            // The files are part of the program; a test of each service reads them.
            preconditionFailure("\(file.name): \(error)")
        }
    }
}
