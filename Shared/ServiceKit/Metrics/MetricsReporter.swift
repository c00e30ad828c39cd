package import AuditAPI
internal import Locks
package import Logging
internal import RPC
internal import ServiceLifecycle

/// Reports what a service measures of itself to the audit service, at an interval.
///
/// Nothing waits for it.  While the log is away a bounded number of samples is kept; what is lost
/// is counted and told as `metrics.dropped`.
package final class MetricsReporter: Service {
    /// Takes samples.
    package typealias Sink = @Sendable (ReportMetrics) async throws -> ReportedMetrics

    private let source: MetricsSource
    private let interval: Duration
    private let logger: Logger
    private let sink: Sink
    private let buffer: Mutex<MetricsBuffer>

    /// Makes a reporter.
    package convenience init(
        source: MetricsSource, interval: Duration, logger: Logger, sink: @escaping Sink
    ) {
        self.init(
            source: source, interval: interval, logger: logger, buffer: MetricsBuffer(),
            sink: sink)
    }

    init(
        source: MetricsSource, interval: Duration, logger: Logger, buffer: MetricsBuffer,
        sink: @escaping Sink
    ) {
        self.source = source
        self.interval = interval
        self.logger = logger
        self.buffer = Mutex(buffer)
        self.sink = sink
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: self.interval)
                guard !Task.isCancelled else { return }
                self.measure()
                await self.report()
            }
        }
    }

    /// Samples that wait to be reported.
    var waitingCount: Int { self.buffer.withLock(\.count) }

    /// Takes samples.
    func measure() {
        let dropped = self.buffer.withLock { $0.takeDroppedCount() }
        let metrics = self.source.next(droppedCount: dropped).metrics
        self.buffer.withLock { $0.append(metrics) }
    }

    /// Reports what waits, as far as the log takes it.
    func report() async {
        while true {
            let batch = self.buffer.withLock(\.batch)
            guard !batch.isEmpty else { return }
            do {
                let reply = try await self.sink(ReportMetrics(metrics: batch))
                self.buffer.withLock { buffer in
                    buffer.remove(batch.count)
                    buffer.countDropped(reply.refusedCount)
                }
            } catch let error as RPCError where error.code == .invalidArgument {
                // It would be refused again: samples that are too old are.
                self.buffer.withLock { $0.drop(batch.count) }
            } catch {
                self.logger.debug(
                    "statistics are not reported", metadata: ["error": "\(error)"])
                return
            }
        }
    }
}
