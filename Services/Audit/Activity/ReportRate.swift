internal import Locks

internal import struct FoundationEssentials.UUID

/// How many activities each person may report: a burst, and then so many a second.
///
/// Protects the tables from one person's program; of this process, since nothing depends on its
/// being exact.
final class ReportRate: Sendable {
    private struct Allowance {
        var left: Double
        var at: ContinuousClock.Instant
    }

    /// The burst.
    static let burst = 1_000.0
    /// What grows back each second.
    static let perSecond = 10.0
    /// People remembered at once; beyond them those go whose burst has grown back.
    static let personLimit = 10_000

    private let people = Mutex<[UUID: Allowance]>([:])

    /// Takes room for activities.
    ///
    /// - Returns: whether there was enough.
    func take(
        _ count: Int, of person: UUID, at now: ContinuousClock.Instant = .now
    ) -> Bool {
        self.people.withLock { people in
            if people.count >= Self.personLimit, people[person] == nil {
                people = people.filter { Self.left($0.value, at: now) < Self.burst }
                if people.count >= Self.personLimit { return false }
            }
            let left = people[person].map { Self.left($0, at: now) } ?? Self.burst
            let isEnough = left >= Double(count)
            people[person] = Allowance(left: isEnough ? left - Double(count) : left, at: now)
            return isEnough
        }
    }

    private static func left(
        _ allowance: Allowance, at now: ContinuousClock.Instant
    ) -> Double {
        let seconds = allowance.at.duration(to: now) / .seconds(1)
        return min(Self.burst, allowance.left + max(0, seconds) * Self.perSecond)
    }
}
