internal import Postgres
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// How large the log is.
struct LogState: Hashable, Sendable {
    /// The tree that grows, from 1.
    var logEpoch: Int64
    /// How many entries it has.
    var size: Int64
    /// Its root.
    var root: MerkleHash
    /// Whose turn it is to append.
    var writerTerm: Int64

    /// Whether a log that was in an earlier state can have come into this one.
    func mayFollow(_ earlier: LogState) -> Bool {
        self.logEpoch == earlier.logEpoch && self.writerTerm > earlier.writerTerm
            && (self.size > earlier.size
                || self.size == earlier.size && self.root == earlier.root)
    }
}

extension LogState: RowDecodable {
    /// The columns that a row is read from.
    static let columns: SQL = "s.log_epoch, s.size, s.root, s.writer_term"

    init(row: Row) throws {
        self.init(
            logEpoch: try row.get("log_epoch"), size: try row.get("size"),
            root: try row.hash("root"), writerTerm: try row.get("writer_term"))
    }
}

extension Row {
    /// A hash of the tree.
    func hash(_ column: String) throws -> MerkleHash {
        guard let hash = MerkleHash(try self.get(column, as: Data.self)) else {
            throw DatabaseError(code: .decoding, message: "\(column) has not 32 bytes")
        }
        return hash
    }
}
