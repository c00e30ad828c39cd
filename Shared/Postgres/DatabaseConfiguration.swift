package import FoundationEssentials

/// How to reach the database and how much of it to use.
package struct DatabaseConfiguration: Sendable {
    /// A libpq connection string or URI; several hosts and `target_session_attrs` are understood.
    package var connectionString: String

    /// Shown in `pg_stat_activity`.
    package var applicationName: String

    /// Connections that each serve one caller at a time: writes, long queries, transactions.
    package var maximumConnections: Int = 8

    /// Connections that serve short reads of many callers at once.
    package var pipelinedConnections: Int = 2

    /// Reads on their way on one pipelined connection; more wait on this side.
    package var maximumPipelineDepth: Int = 128

    /// Calls that may wait for a connection, per kind of connection; more are refused.
    package var maximumWaitingCalls: Int = 1024

    /// Longest time to establish a connection.
    package var connectTimeout: Duration = .seconds(5)

    /// Longest time a call waits for a connection while the database is reachable.
    package var acquireTimeout: Duration = .seconds(10)

    /// Longest time a call waits for a connection while the database is not reachable.
    package var unavailableTimeout: Duration = .seconds(2)

    /// Longest time of one statement, also where the call has no or a later deadline.
    package var statementTimeout: Duration = .seconds(30)

    /// Time after which a connection that nobody used is closed, but for one of each kind.
    package var idleTimeout: Duration = .seconds(60)

    /// Longest time `close()` waits for calls on their way.
    package var drainTimeout: Duration = .seconds(5)

    package init(connectionString: String, applicationName: String = "steward") {
        self.connectionString = connectionString
        self.applicationName = applicationName
    }
}

/// On whose behalf a statement runs, as row policies see it.
///
/// Policies read `nullif(current_setting('steward.user_id', true), '')::uuid` and
/// `current_setting('steward.purpose', true)`. Both last for one transaction only.
package enum DatabaseIdentity: Hashable, Sendable {
    /// A person's call.
    case person(UUID)
    /// Work without a person that policies allow by name, such as "erasure".
    case purpose(String)
    /// Neither: rows that policies protect are invisible.
    case nobody
}
