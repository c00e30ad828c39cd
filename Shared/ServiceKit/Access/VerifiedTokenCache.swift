/// Tokens whose signature was verified, by the digest of their bytes.
///
/// Two generations of bounded size: when the young one is full it becomes the old one, and what the
/// old one held is forgotten unless it is used again.  Every operation is constant in time, and
/// nobody can make it grow.
struct VerifiedTokenCache: Sendable {
    /// A verified token.
    struct Entry: Sendable {
        let claims: AccessTokenClaims
        let keyID: String
    }

    private let generationLimit: Int
    private var young: [[UInt8]: Entry] = [:]
    private var old: [[UInt8]: Entry] = [:]

    /// Makes a cache of at most `limit` entries.
    init(limit: Int = 4_096) {
        precondition(limit >= 2)
        self.generationLimit = limit / 2
    }

    /// How many tokens are remembered.
    var count: Int { self.young.count + self.old.count }

    /// A token that was verified before.
    mutating func entry(_ digest: [UInt8]) -> Entry? {
        if let entry = self.young[digest] { return entry }
        guard let entry = self.old.removeValue(forKey: digest) else { return nil }
        self.insert(entry, digest)
        return entry
    }

    /// Remembers a token.
    mutating func insert(_ entry: Entry, _ digest: [UInt8]) {
        if self.young.count >= self.generationLimit {
            self.old = self.young
            self.young = [:]
        }
        self.old[digest] = nil
        self.young[digest] = entry
    }

    /// Forgets a token that is of no use any more.
    mutating func remove(_ digest: [UInt8]) {
        self.young[digest] = nil
        self.old[digest] = nil
    }
}
