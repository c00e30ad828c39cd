internal import AuditAPI
internal import AuditFormat
internal import Postgres

/// What is recorded of producers, beside what the entries say.
extension CheckStore {
    /// A numbering of a producer, by where it begins.
    struct Beginning: RowDecodable, Hashable, Sendable {
        let producer: String
        let epoch: Int64
        let logEpoch: Int64
        let logIndex: Int64

        init(row: Row) throws {
            self.producer = try row.get("producer")
            self.epoch = try row.get("epoch")
            self.logEpoch = try row.get("log_epoch")
            self.logIndex = try row.get("log_index")
        }
    }

    /// Where numberings are recorded to begin: those in a tree, and those in no tree there is.
    func beginnings(logEpoch: Int64) async throws -> [Beginning] {
        try await self.database.query(
            """
            SELECT producer, epoch, log_epoch, log_index FROM audit.producer_epochs
            WHERE log_epoch = \(logEpoch) OR log_epoch < 1
                OR log_epoch > (SELECT max(n.log_epoch) FROM audit.log_epochs AS n)
            ORDER BY producer, epoch
            """,
            as: .purpose("check"), deadline: self.deadline
        ).decode()
    }

    /// Producers of whom more is recorded as covered by a checkpoint than was signed.
    func coverFaults() async throws -> [LogFault] {
        let rows = try await self.database.query(
            """
            SELECT p.producer, p.checkpointed_sequence, e.log_epoch, e.log_index
            FROM audit.producers AS p
            LEFT JOIN audit.entries AS e ON e.producer = p.producer AND e.epoch = p.epoch
                AND e.sequence = p.checkpointed_sequence
            WHERE p.checkpointed_sequence > 0 ORDER BY p.producer
            """,
            as: .purpose("check"), deadline: self.deadline
        ).rows
        // Read afterwards: what was signed meanwhile is covered.
        let signed = self.signer.last
        return try rows.compactMap { row in
            let place: (Int64?, Int64?) = (try row.get("log_epoch"), try row.get("log_index"))
            if let signed, let logEpoch = place.0, let logIndex = place.1,
                (logEpoch, logIndex) < (signed.logEpoch, signed.size)
            { return nil }
            let sequence: Int64 = try row.get("checkpointed_sequence")
            return LogFault(
                place: "producer \(try row.get("producer", as: String.self))",
                description: "Its events up to \(sequence) are recorded as signed, and are not.")
        }
    }
}
