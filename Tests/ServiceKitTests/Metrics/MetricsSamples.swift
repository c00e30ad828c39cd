import AuditAPI
import Foundation
import Locks
import Logging

@testable import RPC
@testable import ServiceKit

typealias Quiet = SwiftLogNoOpLogHandler

extension MetricsReading {
    /// What a service may know of itself.
    static func sample(
        calls: UInt64 = 0, failures: UInt64 = 0, bytes: UInt64 = 0, outbox: Int = 0,
        latency: LatencyHistogram? = nil
    ) -> MetricsReading {
        let method = MethodStatistics(
            method: "test.Call", calls: calls,
            errors: [ErrorCount(code: "notFound", count: failures)],
            latencyMicroseconds: nil)
        let statistics = ReadStatistics.Reply(
            service: "test", build: "1", instance: UUID(), startedAt: Date(),
            uptimeMicroseconds: 1,
            process: ProcessStatistics(
                processID: 1, residentBytes: 4_096, anonymousBytes: 1, fileBytes: 1,
                peakResidentBytes: 1, threads: 1, openFiles: 1, userMicroseconds: 1,
                systemMicroseconds: 1),
            connections: ConnectionStatistics(
                open: 1, total: 1, streamsOpen: 1, bytesIn: bytes, bytesOut: 1, framesIn: 1,
                framesOut: 1),
            refusals: [RefusalCount(reason: "frame_too_large", count: 0)],
            unknownMethodCalls: 0, methods: [method],
            database: DatabaseFigures(
                isDown: false, pipelinedConnections: 1, exclusiveConnections: 1,
                idleConnections: 1, readsInFlight: 1, waitingCalls: 2, refusedCalls: 0,
                expiredCalls: 0, connectionsOpened: 1, connectionsFailed: 0, connectionsLost: 0,
                cancelRequests: 0, lastConnectionError: nil))
        return MetricsReading(
            time: Date(timeIntervalSince1970: 1_790_000_000), statistics: statistics,
            latencies: latency.map { ["test.Call": $0] } ?? [:], outboxDepth: outbox)
    }
}

extension ServiceMetrics {
    /// The value of a metric; `nil` if it is not reported.
    func value(_ name: String, _ tags: [String: String] = [:]) -> Double? {
        self.metrics.first { $0.name == name && $0.tags == tags }?.value
    }
}

/// Takes reports as a test wants it.
final class Sink: Sendable {
    enum Mood: Sendable {
        case taking
        case leavingOut(Int)
        case failing(RPCError)
    }

    private struct State {
        var mood = Mood.taking
        var samples: [SystemMetric] = []
        var callCount: UInt64 = 0
    }

    private let state = Mutex(State())

    /// What it has taken.
    var samples: [SystemMetric] { self.state.withLock(\.samples) }

    /// The values of a metric that it has taken.
    func values(_ name: String) -> [Double] {
        self.samples.filter { $0.name == name }.map(\.value)
    }

    func set(_ mood: Mood) { self.state.withLock { $0.mood = mood } }

    /// Counts up from 0.
    func nextCallCount() -> UInt64 {
        self.state.withLock { state in
            defer { state.callCount += 1 }
            return state.callCount
        }
    }

    func take(_ request: ReportMetrics) async throws -> ReportedMetrics {
        let mood = self.state.withLock { state in
            if case .failing = state.mood { return state.mood }
            state.samples += request.metrics
            return state.mood
        }
        switch mood {
        case .taking:
            return ReportedMetrics(storedCount: request.metrics.count, refusedCount: 0)
        case .leavingOut(let count):
            return ReportedMetrics(
                storedCount: request.metrics.count - count, refusedCount: count)
        case .failing(let error): throw error
        }
    }
}
