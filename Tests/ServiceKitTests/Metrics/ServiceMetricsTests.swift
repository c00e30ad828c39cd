import AuditAPI
import Foundation
import Logging
import Testing

@testable import RPC
@testable import ServiceKit

/// What a service reports of itself.
@Suite("Metrics of a service")
struct ServiceMetricsTests {
    @Test("Counters tell what was added since the last reading, and nothing where nothing was")
    func counters() {
        let metrics = ServiceMetrics(
            from: .sample(calls: 10, failures: 1, bytes: 100),
            to: .sample(calls: 15, failures: 3, bytes: 100), droppedCount: 7)
        #expect(metrics.value("rpc.calls", ["method": "test.Call"]) == 5)
        #expect(metrics.value("rpc.errors", ["method": "test.Call", "code": "notFound"]) == 2)
        #expect(metrics.value("rpc.bytes_in") == nil)
        #expect(metrics.value("metrics.dropped") == 7)
        #expect(metrics.value("database.connections_lost") == nil)
    }

    @Test("Gauges tell what is, also where nothing has changed")
    func gauges() {
        let reading = MetricsReading.sample(calls: 1, failures: 0, bytes: 1, outbox: 4)
        let metrics = ServiceMetrics(from: reading, to: reading, droppedCount: 0)
        #expect(metrics.value("audit.outbox_depth") == 4)
        #expect(metrics.value("database.waiting_calls") == 2)
        #expect(metrics.value("process.resident_bytes") == 4_096)
        #expect(metrics.value("rpc.calls", ["method": "test.Call"]) == nil)
        #expect(metrics.value("metrics.dropped") == nil)
        #expect(metrics.metrics.allSatisfy { $0.component == "test" })
        #expect(metrics.metrics.allSatisfy { $0.createdAt == reading.time })
    }

    @Test("Latencies are those of the interval, not of all time")
    func latencies() throws {
        var histogram = LatencyHistogram()
        for _ in 1...1_000 { histogram.record(1_000) }
        let old = MetricsReading.sample(latency: histogram)
        for _ in 1...10 { histogram.record(1_000_000) }
        let new = MetricsReading.sample(latency: histogram)
        let metrics = ServiceMetrics(from: old, to: new, droppedCount: 0)
        let median = try #require(metrics.value("rpc.latency_p50", ["method": "test.Call"]))
        #expect((1_000...1_016).contains(median))
        let none = ServiceMetrics(from: new, to: new, droppedCount: 0)
        #expect(none.value("rpc.latency_p50", ["method": "test.Call"]) == nil)
    }

    @Test("What one instance of a service measures is told from what others do")
    func instances() {
        let sources = ["a", "b \"é"].map { name in
            MetricsSource(instance: name) { .sample(calls: 1) }
        }
        let tags = sources.map { source in
            Set(source.next(droppedCount: 0).metrics.map { $0.tags["instance"] })
        }
        #expect(tags == [["a"], ["b __"]])
    }

    @Test("What is reported keeps to the bounds of a report")
    func bounds() {
        let metrics = ServiceMetrics(
            from: .sample(calls: 0), to: .sample(calls: 1), droppedCount: 1
        ).metrics
        #expect(metrics.count > 10)
        for metric in metrics {
            #expect((1...100).contains(metric.name.utf8.count))
            #expect(metric.unit.utf8.count <= 20)
            #expect(metric.value.isFinite)
        }
    }
}

/// What becomes of reports.
@Suite("Reporting metrics")
struct MetricsReporterTests {
    private func reporter(_ sink: Sink, limit: Int = 100) -> MetricsReporter {
        MetricsReporter(
            source: MetricsSource(instance: "a") { .sample(calls: sink.nextCallCount()) },
            interval: .seconds(3_600), logger: .init(label: "test", factory: { _ in Quiet() }),
            buffer: MetricsBuffer(limit: limit), sink: { try await sink.take($0) })
    }

    @Test("Samples reach the log once")
    func reported() async {
        let sink = Sink()
        let reporter = self.reporter(sink)
        reporter.measure()
        await reporter.report()
        await reporter.report()
        #expect(sink.samples.count > 10)
        #expect(reporter.waitingCount == 0)
        #expect(sink.values("rpc.calls") == [1])
    }

    @Test("While the log is away a bounded number waits; what is lost is counted and told")
    func away() async {
        let sink = Sink()
        sink.set(.failing(RPCError(.unavailable, reason: "x", message: "away")))
        let reporter = self.reporter(sink, limit: 50)
        for _ in 1...10 {
            reporter.measure()
            await reporter.report()
        }
        #expect(reporter.waitingCount == 50)
        sink.set(.taking)
        await reporter.report()
        #expect(reporter.waitingCount == 0)
        #expect(sink.samples.count == 50)
        let lost = sink.values("metrics.dropped")
        reporter.measure()
        await reporter.report()
        // Everything that was measured is here, or told as lost; what was lost of that too.
        #expect(sink.values("metrics.dropped").count == lost.count + 1)
        #expect((sink.values("metrics.dropped").last ?? 0) > 0)
    }

    @Test("What the log will never take is given up, so that later samples reach it")
    func refused() async {
        let sink = Sink()
        sink.set(.failing(RPCError(.invalidArgument, reason: "x", message: "too old")))
        let reporter = self.reporter(sink)
        reporter.measure()
        await reporter.report()
        #expect(reporter.waitingCount == 0)
        sink.set(.taking)
        reporter.measure()
        await reporter.report()
        #expect((sink.values("metrics.dropped").first ?? 0) > 10)
    }

    @Test("What the log leaves out is counted as lost")
    func leftOut() async {
        let sink = Sink()
        sink.set(.leavingOut(3))
        let reporter = self.reporter(sink)
        reporter.measure()
        await reporter.report()
        sink.set(.taking)
        reporter.measure()
        await reporter.report()
        #expect(sink.values("metrics.dropped") == [3])
    }

    @Test(
        "The interval is from a second to an hour, or off",
        arguments: [
            ("15s", Duration.seconds(15)), ("0", .zero), ("0s", .zero), ("1s", .seconds(1)),
            ("1h", .seconds(3_600)),
        ])
    func interval(text: String, interval: Duration) throws {
        let settings = try ServiceSettings(environment: ["STEWARD_METRICS_INTERVAL": text])
        #expect(settings[.metricsInterval] == interval)
    }

    @Test("An interval beyond that is refused", arguments: ["999ms", "61m", "-1s", "x"])
    func intervalRefused(text: String) {
        #expect(throws: (any Error).self) {
            try ServiceSettings(environment: ["STEWARD_METRICS_INTERVAL": text])
        }
    }
}
