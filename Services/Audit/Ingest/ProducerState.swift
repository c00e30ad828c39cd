internal import Postgres
internal import RPC
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// How far the log has a producer's events.
struct ProducerState: Hashable, Sendable {
    var epoch: Int64
    var lastSequence: Int64
    var lastLeafHash: MerkleHash
    var checkpointedSequence: Int64
    /// Whether its next entries may leave a gap, since the log has lost entries of its own.
    var acceptsGap: Bool
}

extension ProducerState: RowDecodable {
    init(row: Row) throws {
        guard let hash = MerkleHash(try row.get("last_leaf_hash", as: Data.self)) else {
            throw DatabaseError(code: .decoding, message: "a leaf hash has 32 bytes")
        }
        self.init(
            epoch: try row.get("epoch"), lastSequence: try row.get("last_sequence"),
            lastLeafHash: hash, checkpointedSequence: try row.get("checkpointed_sequence"),
            acceptsGap: try row.get("accepts_gap"))
    }
}

/// Numbers of a producer that the log has lost.
struct ProducerGap: Hashable, Sendable {
    let producer: String
    let epoch: Int64
    let sequences: ClosedRange<Int64>
    /// The first entry after the gap.
    let logIndex: Int64
}

/// A producer's numbering that begins.
struct ProducerBeginning: Hashable, Sendable {
    let producer: String
    let epoch: Int64
    /// Its first entry.
    let logIndex: Int64
}

/// Where a call's entries stand to what the log has.
enum Admission {
    /// So many are there already; the rest follow.
    case follows(alreadyStored: Int)
    /// They begin a numbering.
    case begins
    /// They go on after numbers that are lost.
    case leaves(gap: ClosedRange<Int64>?, beginsEpoch: Bool)

    /// Decides about a call with at least one entry.
    ///
    /// - Parameters:
    ///   - state: what is known of the producer; `nil` if nothing is.
    ///   - acceptsUnknown: whether a producer that is not known may begin anywhere, since the log
    ///     has lost entries.
    /// - Throws: an ``RPCError``: `audit.sequence_gap` or `audit.epoch_refused`.
    init(
        epoch: Int64, first: Int64, count: Int, state: ProducerState?, acceptsUnknown: Bool
    ) throws(RPCError) {
        guard let state else {
            if epoch == 1, first == 1 {
                self = .begins
            } else if acceptsUnknown {
                self = .leaves(gap: Self.gap(1, before: first), beginsEpoch: true)
            } else {
                guard epoch == 1 else { throw .epochRefused(known: 0) }
                throw .sequenceGap(expected: 1, epoch: 0)
            }
            return
        }
        if epoch == state.epoch {
            // Numbers of a call are below 2^62; stored ones are whatever the database has.
            let expected = state.lastSequence == .max ? Int64.max : state.lastSequence + 1
            if first <= expected {
                let stored = min(Int64(count), max(expected - first, 0))
                self = .follows(alreadyStored: Int(stored))
            } else {
                guard state.acceptsGap else {
                    throw .sequenceGap(expected: expected, epoch: epoch)
                }
                self = .leaves(
                    gap: Self.gap(expected, before: first), beginsEpoch: false)
            }
        } else if epoch - 1 == state.epoch, first == 1 {
            self = .begins
        } else if epoch > state.epoch, state.acceptsGap {
            self = .leaves(gap: Self.gap(1, before: first), beginsEpoch: true)
        } else {
            guard epoch - 1 == state.epoch else { throw .epochRefused(known: state.epoch) }
            throw .sequenceGap(expected: 1, epoch: epoch)
        }
    }

    private static func gap(_ first: Int64, before next: Int64) -> ClosedRange<Int64>? {
        next > first ? first...(next - 1) : nil
    }
}
