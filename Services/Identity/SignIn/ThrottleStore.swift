internal import FoundationEssentials
internal import Postgres

/// Counts attempts in `identity.sign_in_throttle`.
///
/// Each attempt writes the same statements to a row, whether it is locked or not and whether the
/// account exists or not, so that none of it shows in the time of the answer.
enum ThrottleStore {
    /// What a row counts.
    enum Kind: String, SQLEnum {
        case account
        case knownSource = "known_source"
        case source
        case signUp = "sign_up"

        /// How its failures slow attempts down.
        var policy: ThrottlePolicy {
            switch self {
            case .account, .knownSource: .account
            case .source: .source
            case .signUp: .signUp
            }
        }
    }

    /// Whether a row named `t` is locked now.
    private static let isLocked: SQL = "coalesce(t.locked_until > now(), false)"

    /// Counts one failure; a locked row only notes that somebody tried.
    static func countFailure(key: Data, kind: Kind) -> [SQL] {
        let policy = kind.policy
        let failures: SQL = """
            CASE WHEN t.last_failure_at > now() - make_interval(secs => \
            \(policy.forgetAfter.seconds)) THEN t.failure_count + 1 ELSE 1 END
            """
        let doublings: SQL = """
            least((\(fragment: failures)) - \(policy.freeFailures) - 1,
                \(ThrottlePolicy.maximumDoublings))
            """
        let delay: SQL = """
            make_interval(secs => least(\(policy.maximumDelay.seconds),
                \(policy.firstDelay.seconds) * power(2, \(fragment: doublings))))
            """
        return [
            Self.ensure(key: key, kind: kind),
            """
            UPDATE identity.sign_in_throttle t SET
                failure_count = CASE WHEN \(fragment: Self.isLocked) THEN t.failure_count
                                     ELSE \(fragment: failures) END,
                last_failure_at = CASE WHEN \(fragment: Self.isLocked) THEN t.last_failure_at
                                       ELSE now() END,
                locked_until = CASE WHEN \(fragment: Self.isLocked) THEN t.locked_until
                                    WHEN (\(fragment: failures)) > \(policy.freeFailures)
                                    THEN now() + \(fragment: delay) END,
                refused_count = t.refused_count + (\(fragment: Self.isLocked))::int,
                last_attempt_at = now()
            WHERE t.key = \(key)
            """,
        ]
    }

    /// Takes an account's row for the rest of the transaction and tells in `is_locked` whether
    /// failures that came meanwhile have locked it.
    static func lock(key: Data, kind: Kind) -> [SQL] {
        [
            Self.ensure(key: key, kind: kind),
            """
            SELECT \(fragment: Self.isLocked) AS is_locked
            FROM identity.sign_in_throttle t WHERE t.key = \(key) FOR UPDATE
            """,
        ]
    }

    /// Forgets the failures of a row.
    static func reset(key: Data) -> SQL {
        """
        UPDATE identity.sign_in_throttle t
        SET failure_count = 0, last_failure_at = NULL, locked_until = NULL,
            last_attempt_at = now()
        WHERE t.key = \(key)
        """
    }

    /// How long a row stays locked, in seconds, as `seconds`; nothing for one that is not.
    static func remainingLock(key: Data) -> SQL {
        """
        SELECT extract(epoch FROM t.locked_until - now())::float8 AS seconds
        FROM identity.sign_in_throttle t WHERE t.key = \(key) AND t.locked_until > now()
        """
    }

    private static func ensure(key: Data, kind: Kind) -> SQL {
        """
        INSERT INTO identity.sign_in_throttle (key, kind) VALUES (\(key), \(kind))
        ON CONFLICT (key) DO NOTHING
        """
    }
}

extension Duration {
    /// The duration in seconds, as Postgres takes it.
    var seconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
