internal import Locks

/// How far signed checkpoints cover each producer's events, and when it was last noted as seen.
final class CheckpointedSequences: Sendable {
    private struct Known {
        var epoch: Int64
        var sequence: Int64
    }

    private let known = Mutex<[String: Known]>([:])
    private let touched = Mutex<[String: ContinuousClock.Instant]>([:])
    private let stored = Mutex<Stored?>(nil)

    /// The last checkpoint that the database has a copy of.
    private struct Stored: Hashable {
        let logEpoch: Int64
        let size: Int64
    }

    /// How often the database is told that a producer called without entries.
    static let touchInterval: Duration = .seconds(10)

    /// Notes that a checkpoint covers a producer's events.
    func set(_ producer: String, epoch: Int64, sequence: Int64) {
        self.known.withLock { $0[producer] = Known(epoch: epoch, sequence: sequence) }
    }

    /// The last sequence of an epoch that a checkpoint covers.
    func sequence(of producer: String, epoch: Int64, atLeast least: Int64) -> Int64 {
        self.known.withLock { known in
            guard let known = known[producer], known.epoch == epoch else { return least }
            return max(known.sequence, least)
        }
    }

    /// Notes that the database has a copy of a checkpoint.
    func setStored(logEpoch: Int64, size: Int64) {
        self.stored.withLock { $0 = Stored(logEpoch: logEpoch, size: size) }
    }

    /// Whether the last copy that the database got is of this checkpoint.
    func isStored(logEpoch: Int64, size: Int64) -> Bool {
        self.stored.withLock { $0 == Stored(logEpoch: logEpoch, size: size) }
    }

    /// Whether it is time to note that a producer called.
    func isTimeToTouch(_ producer: String) -> Bool {
        self.touched.withLock { touched in
            if let last = touched[producer], last.duration(to: .now) < Self.touchInterval {
                return false
            }
            touched[producer] = .now
            return true
        }
    }
}
