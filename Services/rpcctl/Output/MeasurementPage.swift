import RPC

/// What `rpcctl bench` shows to people.
struct MeasurementPage {
    let style: TextStyle
    let columnCount: Int

    func text(_ measurement: CallMeasurement, method: String, plan: String) -> String {
        var text = self.style.bold(method.escapingControls()) + self.style.dim("  \(plan)") + "\n\n"
        var facts = TextTable(heading: ["", ""], indentation: "  ")
        facts.paint = { column, cell in column == 0 ? self.style.dim(cell) : cell }
        facts.rows = [
            ["calls", "\(measurement.calls.grouped) in \(Self.seconds(measurement))"],
            ["a second", UInt64(measurement.callsPerSecond.rounded()).grouped],
            ["errors", measurement.errorCount.grouped],
        ]
        if let unsent = measurement.unsent, unsent > 0 {
            facts.rows.append(
                ["not sent", "\(unsent.grouped) were due, but all calls in flight were taken"])
        }
        for (reason, failure) in measurement.failures {
            facts.rows.append(["", "\(failure.count.grouped) \(reason): \(failure.error.message)"])
        }
        text += facts.text(style: self.style, columnCount: nil)
        guard let figures = LatencyFigures(measurement.histogram) else { return text }
        text += "\n"
        var latency = TextTable(heading: ["", ""], indentation: "  ")
        latency.paint = facts.paint
        latency.rows = figures.named.map { figure in
            [figure.name, Duration.microseconds(figure.microseconds).readable]
        }
        text += latency.text(style: self.style, columnCount: nil) + "\n"
        return text
            + LatencyChart(style: self.style, columnCount: self.columnCount)
            .text(measurement.histogram)
    }

    private static func seconds(_ measurement: CallMeasurement) -> String {
        Duration.microseconds(measurement.seconds * 1e6).readable
    }
}

/// How far a measurement is, in one line that is written over again.
struct ProgressLine {
    let style: TextStyle

    func text(elapsed: Duration, of whole: Duration, calls: UInt64, errors: UInt64) -> String {
        let share = min(1, elapsed / whole)
        let bar = Progress.bar(share, style: self.style)
        let rate = elapsed > .zero ? UInt64(Double(calls) / (elapsed / .seconds(1))) : 0
        let failed = errors == 0 ? "" : self.style.error("  \(errors.grouped) errors")
        return bar
            + " \(elapsed.wholeSeconds) of \(whole.readable)  \(rate.grouped) calls/s" + failed
    }
}

extension Duration {
    /// Without fractions, so that a progress line does not jump.
    fileprivate var wholeSeconds: String { "\(self.components.seconds) s" }
}
