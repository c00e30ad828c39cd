/// What has been applied to a schema, compared with what a program knows.
struct MigrationHistory {
    struct Entry: RowDecodable, Sendable {
        let version: Int
        let name: String
        let checksum: [UInt8]
        let compatibleSince: Int

        init(version: Int, name: String, checksum: [UInt8], compatibleSince: Int) {
            self.version = version
            self.name = name
            self.checksum = checksum
            self.compatibleSince = compatibleSince
        }

        init(row: Row) throws {
            self.version = try row.get("version")
            self.name = try row.get("name")
            self.checksum = try row.get("checksum")
            self.compatibleSince = try row.get("compatible_since")
        }
    }

    /// In ascending order.
    let applied: [Entry]

    /// The migrations that remain to be applied, in order.
    ///
    /// - Parameter known: in ascending order, with their checksums.
    /// - Throws: when the two histories contradict each other.
    func pending(
        _ known: [(migration: Migration, checksum: [UInt8])]
    ) throws(MigrationError) -> [Migration] {
        let newestKnown = known.last?.migration.version ?? 0
        for entry in self.applied {
            if let match = known.first(where: { $0.migration.version == entry.version }) {
                guard match.checksum == entry.checksum else {
                    throw .changed(version: entry.version, name: entry.name)
                }
            } else if entry.version < newestKnown {
                throw .unknown(version: entry.version, name: entry.name)
            } else if entry.compatibleSince > newestKnown {
                throw .incompatible(
                    version: entry.version,
                    requires: entry.compatibleSince,
                    known: newestKnown
                )
            }
        }
        let pending = known.map(\.migration).filter { migration in
            !self.applied.contains { $0.version == migration.version }
        }
        if let first = pending.first, let newestApplied = self.applied.last?.version,
            first.version < newestApplied
        {
            throw .outOfOrder(version: first.version, after: newestApplied)
        }
        return pending
    }
}
