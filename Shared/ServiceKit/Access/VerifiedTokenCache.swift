internal import Sodium

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
    private var young: [Fingerprint: Entry] = [:]
    private var old: [Fingerprint: Entry] = [:]

    /// Makes a cache of at most `limit` entries.
    init(limit: Int = 4_096) {
        precondition(limit >= 2)
        self.generationLimit = limit / 2
    }

    /// How many tokens are remembered.
    var count: Int { self.young.count + self.old.count }

    /// A token that was verified before.
    mutating func entry(_ token: Fingerprint) -> Entry? {
        if let entry = self.young[token] { return entry }
        guard let entry = self.old.removeValue(forKey: token) else { return nil }
        self.insert(entry, token)
        return entry
    }

    /// Remembers a token.
    mutating func insert(_ entry: Entry, _ token: Fingerprint) {
        if self.young.count >= self.generationLimit {
            self.old = self.young
            self.young = [:]
        }
        self.old[token] = nil
        self.young[token] = entry
    }

    /// Forgets a token that is of no use any more.
    mutating func remove(_ token: Fingerprint) {
        self.young[token] = nil
        self.old[token] = nil
    }
}
