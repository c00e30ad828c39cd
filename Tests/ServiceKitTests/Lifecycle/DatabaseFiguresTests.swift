import RPC
import Testing

@testable import Postgres
@testable import ServiceKit

@Suite("The database's figures in statistics")
struct DatabaseFiguresTests {
    @Test("Each of the pool's figures arrives under its own name")
    func figures() {
        var pool = DatabaseStatistics()
        pool.isDown = true
        pool.pipelinedConnections = 1
        pool.exclusiveConnections = 2
        pool.idleConnections = 3
        pool.readsInFlight = 4
        pool.waitingCalls = 5
        pool.refusedCalls = 6
        pool.expiredCalls = 7
        pool.connectionsOpened = 8
        pool.connectionsFailed = 9
        pool.connectionsLost = 10
        pool.cancelRequests = 11
        pool.lastConnectionError = "no"
        let figures = DatabaseFigures(pool)
        #expect(figures.isDown && figures.lastConnectionError == "no")
        #expect(
            [
                figures.pipelinedConnections, figures.exclusiveConnections,
                figures.idleConnections, figures.readsInFlight, figures.waitingCalls,
                figures.refusedCalls, figures.expiredCalls, figures.connectionsOpened,
                figures.connectionsFailed, figures.connectionsLost, figures.cancelRequests,
            ] == Array(1...11))
    }
}
