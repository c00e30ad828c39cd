/// What the pool has done and holds at one moment.
package struct DatabaseStatistics: Hashable, Sendable {
    /// Whether no connection is up and the last attempt to make one failed.
    package var isDown = false
    package var pipelinedConnections = 0
    package var exclusiveConnections = 0
    /// Exclusive connections that nobody uses.
    package var idleConnections = 0
    /// Reads on their way on pipelined connections.
    package var readsInFlight = 0
    /// Calls that wait for a connection.
    package var waitingCalls = 0
    /// Calls refused because too many waited.
    package var refusedCalls: UInt64 = 0
    /// Calls that waited until their time was up.
    package var expiredCalls: UInt64 = 0
    package var connectionsOpened: UInt64 = 0
    package var connectionsFailed: UInt64 = 0
    package var connectionsLost: UInt64 = 0
    /// Statements for whose callers a cancel request was sent.
    package var cancelRequests: UInt64 = 0
    /// The server's last refusal to connect, for an operator.
    package var lastConnectionError: String?
}
