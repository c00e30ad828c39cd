/// One numbered step of a schema's history.
package struct Migration: Hashable, Sendable {
    /// Its place in the order, from 1.
    package let version: Int

    /// A short name, such as "secrets".
    package let name: String

    /// The statements, which may be many; they run as one transaction.
    package let sql: String

    /// The newest migration that an older program must know to work on the schema after this one;
    /// 0 when every older program can.
    package let compatibleSince: Int

    package init(version: Int, name: String, sql: String, compatibleSince: Int = 0) {
        self.version = version
        self.name = name
        self.sql = sql
        self.compatibleSince = compatibleSince
    }

    /// A migration from a file named like "V0001_secrets.sql"; a line `-- compatible-since: 3`
    /// among the leading comments declares `compatibleSince`.
    ///
    /// - Throws: `MigrationError` when the name or that line is malformed.
    package init(fileName: String, sql: String) throws(MigrationError) {
        let stem = fileName.hasSuffix(".sql") ? fileName.dropLast(4) : fileName[...]
        let parts = stem.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].first == "V", let version = Int(parts[0].dropFirst()),
            version > 0
        else { throw .malformed("\(fileName): the name must be like V0001_name.sql") }
        var compatibleSince = 0
        for line in sql.split(separator: "\n", omittingEmptySubsequences: true) {
            guard line.hasPrefix("--") else { break }
            let prefix = "-- compatible-since:"
            guard line.hasPrefix(prefix) else { continue }
            let value = line.dropFirst(prefix.count).filter { $0 != " " && $0 != "\r" }
            guard let number = Int(value), (0...version).contains(number) else {
                throw .malformed("\(fileName): compatible-since must be 0 to \(version)")
            }
            compatibleSince = number
        }
        self.init(
            version: version,
            name: String(parts[1]),
            sql: sql,
            compatibleSince: compatibleSince
        )
    }
}

/// Why a schema cannot be migrated or used.
package enum MigrationError: Error, Hashable, Sendable {
    /// The list of migrations itself is wrong.
    case malformed(String)
    /// An applied migration's text is no longer what was applied.
    case changed(version: Int, name: String)
    /// Migrations that this program needs are not applied.
    case missing(versions: [Int])
    /// A migration is not applied although a later one is.
    case outOfOrder(version: Int, after: Int)
    /// The schema has a migration that this program, which knows later ones, does not know.
    case unknown(version: Int, name: String)
    /// The schema is newer than this program and declares itself incompatible with it.
    case incompatible(version: Int, requires: Int, known: Int)
    /// The schema was never migrated, or this role cannot see its history.
    case notMigrated(schema: String)
    /// A migration failed and was undone.
    case failed(version: Int, name: String, reason: String)
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let reason):
            "malformed migration: \(reason)"
        case .changed(let version, let name):
            "migration \(version) (\(name)) was changed after it had been applied"
        case .missing(let versions):
            "migrations \(versions.map(String.init).joined(separator: ", ")) are not applied: "
                + "run the migrate command"
        case .outOfOrder(let version, let after):
            "migration \(version) is not applied although \(after) is"
        case .unknown(let version, let name):
            "the schema has migration \(version) (\(name)), which this program does not know"
        case .incompatible(let version, let requires, let known):
            "migration \(version) of the schema needs a program that knows migration "
                + "\(requires); this one knows \(known)"
        case .notMigrated(let schema):
            "schema \"\(schema)\" has no migrations, or this role may not read them"
        case .failed(let version, let name, let reason):
            "migration \(version) (\(name)) failed and was undone: \(reason)"
        }
    }
}
