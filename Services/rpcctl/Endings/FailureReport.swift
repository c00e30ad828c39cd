import RPC
import Wire

/// Turns a failure into the text that goes to standard error.
struct FailureReport {
    let failure: CommandFailure

    /// `error: message (reason)`, then one line a hint.
    func text(style: TextStyle) -> String {
        var lines = [
            style.error("error: ") + self.failure.message.escapingControls()
                + style.dim(" (\(self.failure.reason.escapingControls()))")
        ]
        for (name, value) in self.failure.details.sorted(by: { $0.key < $1.key }) {
            lines.append(style.dim("  \(name): \(value)".escapingControls()))
        }
        if let advice = self.retryAdvice { lines.append(style.dim("  \(advice)")) }
        for hint in self.failure.hints {
            lines.append(style.accent("  hint: ") + hint.escapingControls())
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One JSON object on one line.
    func json() -> String {
        var fields: [(String, CBORValue)] = []
        if let code = self.failure.code { fields.append(("code", .text("\(code)"))) }
        fields.append(("reason", .text(self.failure.reason)))
        fields.append(("message", .text(self.failure.message)))
        if !self.failure.details.isEmpty {
            let details = self.failure.details.sorted { $0.key < $1.key }
            fields.append(("details", .object(details.map { ($0.key, .text($0.value)) })))
        }
        if let retry = self.failure.retry { fields.append(("retry", Self.json(of: retry))) }
        if !self.failure.hints.isEmpty {
            fields.append(("hints", .array(self.failure.hints.map(CBORValue.text))))
        }
        fields.append(("exitCode", .unsigned(UInt64(self.failure.status.number))))
        return CBORValue.object([("error", .object(fields))]).json(pretty: false) + "\n"
    }

    private var retryAdvice: String? {
        switch self.failure.retry {
        case nil, .never: nil
        case .notProcessed: "It was not processed: the same call may be sent again."
        case .after(let delay): "It was not processed: try again in \(delay.readable)."
        case .ifRepeatable: "It may have been processed."
        }
    }

    private static func json(of advice: RetryAdvice) -> CBORValue {
        switch advice {
        case .never: .text("never")
        case .notProcessed: .text("not_processed")
        case .after(let delay):
            .object([("afterMilliseconds", .unsigned(UInt64(max(0, delay.milliseconds))))])
        case .ifRepeatable: .text("if_repeatable")
        }
    }
}
