internal import DequeModule

/// Reads that leave together, those of one person in one transaction.
///
/// What a transaction costs, to set the identity and to end, is then paid once for all of them.
struct ReadGroups {
    /// Reads of one transaction at most, so that one that fails has few to run again.
    static let maximumCount = 16

    private var groups: Deque<[Segment]> = []
    /// The group of each identity that still has room.
    private var open: [DatabaseIdentity: Int] = [:]
    private var takenCount = 0

    /// Adds a read to others of its person; `alone` starts a transaction of its own.
    mutating func add(_ segment: Segment, alone: Bool) {
        guard !alone, case .identity(let identity) = segment.opening else {
            return self.groups.append([segment])
        }
        if let number = self.open[identity],
            self.groups[number - self.takenCount].count
                < Self.maximumCount
        {
            self.groups[number - self.takenCount].append(segment)
        } else {
            self.open[identity] = self.takenCount + self.groups.count
            self.groups.append([segment])
        }
    }

    /// The reads of the next transaction.
    mutating func popFirst() -> [Segment]? {
        guard let group = self.groups.popFirst() else { return nil }
        self.takenCount += 1
        return group
    }
}
