/// Finds the name that somebody probably meant.
enum Suggestion {
    /// The nearest of the candidates, if it is near enough to be worth saying.
    static func closest(to name: String, among candidates: [String]) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars)
        guard !wanted.isEmpty else { return nil }
        let bound = max(1, wanted.count / 3)
        let ranked = candidates.compactMap { candidate -> (distance: Int, candidate: String)? in
            let scalars = Array(candidate.lowercased().unicodeScalars)
            let isPart =
                wanted.count >= 3
                && (scalars.starts(with: wanted)
                    || scalars.reversed().starts(with: wanted.reversed()))
            let distance = isPart ? 1 : self.distance(wanted, scalars)
            return distance <= bound ? (distance, candidate) : nil
        }
        return ranked.min { $0.distance < $1.distance }?.candidate
    }

    /// Insertions, deletions, substitutions and swaps of neighbours.
    ///
    /// Source: F. J. Damerau, “A technique for computer detection and correction of spelling
    /// errors”, 1964, in the form known as optimal string alignment.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                var best = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + cost)
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    best = min(best, beforeLast[column - 2] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
