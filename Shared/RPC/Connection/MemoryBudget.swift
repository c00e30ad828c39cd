import Locks

/// Memory that all connections of a server share for what their peers make them keep.
///
/// Protects the process: a bound for each connection alone would let enough of them use up all
/// memory together.
final class MemoryBudget: Sendable {
    /// What connections take and give back at once, so that few calls touch the shared number.
    static let portion = 64 * 1_024

    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(_ byteCount: Int) { self.limit = byteCount }

    /// Takes bytes; false, and nothing taken, if there are not as many left.
    func take(_ byteCount: Int) -> Bool {
        let (_, now) = self.taken.add(byteCount, ordering: .relaxed)
        guard now <= self.limit else {
            self.taken.subtract(byteCount, ordering: .relaxed)
            return false
        }
        return true
    }

    /// Gives back what was taken.
    func give(_ byteCount: Int) { self.taken.subtract(byteCount, ordering: .relaxed) }

    /// Bytes that are taken.
    var takenByteCount: Int { self.taken.load(ordering: .relaxed) }
}

/// One connection's share of the budget.
struct HeldMemory {
    /// Counted for each message that waits to be read, beside its bytes.
    static let messageOverhead = 256

    private let budget: MemoryBudget?
    private let limit: Int
    private(set) var byteCount = 0
    private var reserved = 0

    /// - Parameter budget: what all connections share; `nil` counts nothing.
    init(limit: Int, budget: MemoryBudget?) {
        self.limit = limit
        self.budget = budget
    }

    /// Counts bytes that are kept from now on; false if they are too many, and then they still
    /// count until they are released.
    mutating func hold(_ count: Int) -> Bool {
        guard let budget else { return true }
        self.byteCount += count
        if self.byteCount > self.reserved {
            let missing = self.byteCount - self.reserved
            let wanted = (missing + MemoryBudget.portion - 1) / MemoryBudget.portion
            guard budget.take(wanted * MemoryBudget.portion) else { return false }
            self.reserved += wanted * MemoryBudget.portion
        }
        return self.byteCount <= self.limit
    }

    /// Bytes are kept no longer.
    mutating func release(_ count: Int) {
        guard let budget else { return }
        self.byteCount -= count
        // One portion is kept, so that small ups and downs stay with the connection.
        let spare = self.reserved - max(self.byteCount, 0)
        guard spare >= 2 * MemoryBudget.portion else { return }
        let portions = spare / MemoryBudget.portion - 1
        self.reserved -= portions * MemoryBudget.portion
        budget.give(portions * MemoryBudget.portion)
    }

    /// The connection is gone, and all it kept.
    mutating func releaseAll() {
        self.budget?.give(self.reserved)
        self.reserved = 0
        self.byteCount = 0
    }
}
