import ArgumentParser

/// A duration as people write it: `500ms`, `5s`, `1.5m`, `2h`.
struct DurationArgument: ExpressibleByArgument, Hashable, Sendable {
    let duration: Duration

    init?(argument: String) {
        let units: [(suffix: String, seconds: Double)] = [
            ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600),
        ]
        guard let unit = units.first(where: { argument.hasSuffix($0.suffix) }),
            let number = Double(argument.dropLast(unit.suffix.count)),
            number > 0, number * unit.seconds <= 365 * 86_400
        else { return nil }
        self.duration = .milliseconds(Int64((number * unit.seconds * 1000).rounded(.up)))
    }
}

/// A duration that is a number of seconds where no unit is given: `10`, `0.5`, `500ms`, `2m`.
struct SecondsArgument: ExpressibleByArgument, Hashable, Sendable {
    let duration: Duration

    init(duration: Duration) { self.duration = duration }

    init?(argument: String) {
        let isBare = argument.utf8.last.map { (0x30...0x39).contains($0) } ?? false
        guard let value = DurationArgument(argument: isBare ? argument + "s" : argument) else {
            return nil
        }
        self.duration = value.duration
    }

    var defaultValueDescription: String { self.duration.readable }
}

/// `key=value` for the call's metadata.
struct MetadataArgument: ExpressibleByArgument, Hashable, Sendable {
    let key: String
    let value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        self.key = String(parts[0])
        self.value = String(parts[1])
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// For people: `1.8 ms`, `12 s`.
    var readable: String {
        let (whole, attoseconds) = self.components
        let seconds = Double(whole) + Double(attoseconds) * 1e-18
        switch abs(seconds) {
        case ..<0.001: return "\((seconds * 1_000_000).tenths) µs"
        case ..<1: return "\((seconds * 1000).tenths) ms"
        case ..<120: return "\(seconds.tenths) s"
        case ..<7200: return "\((seconds / 60).tenths) min"
        case ..<172_800: return "\((seconds / 3600).tenths) h"
        default: return "\((seconds / 86_400).tenths) days"
        }
    }
}

extension Double {
    /// At most one digit after the point, none if it is 0.
    fileprivate var tenths: String {
        let tenths = (self * 10).rounded()
        guard abs(tenths) < 1e15 else { return "\(self)" }
        return tenths.truncatingRemainder(dividingBy: 10) == 0
            ? "\(Int64(tenths / 10))" : "\(tenths / 10)"
    }
}
