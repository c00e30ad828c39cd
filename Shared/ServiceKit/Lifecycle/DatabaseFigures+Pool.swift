internal import Postgres
internal import RPC

extension DatabaseFigures {
    /// A pool's state in the words of `rpc.Statistics`.
    init(_ pool: DatabaseStatistics) {
        self.init(
            isDown: pool.isDown,
            pipelinedConnections: UInt64(clamping: pool.pipelinedConnections),
            exclusiveConnections: UInt64(clamping: pool.exclusiveConnections),
            idleConnections: UInt64(clamping: pool.idleConnections),
            readsInFlight: UInt64(clamping: pool.readsInFlight),
            waitingCalls: UInt64(clamping: pool.waitingCalls),
            refusedCalls: pool.refusedCalls, expiredCalls: pool.expiredCalls,
            connectionsOpened: pool.connectionsOpened, connectionsFailed: pool.connectionsFailed,
            connectionsLost: pool.connectionsLost, cancelRequests: pool.cancelRequests,
            lastConnectionError: pool.lastConnectionError)
    }
}
