import ArgumentParser
import FoundationEssentials

/// A moment as people write it: `2026-01-31T12:00:00Z`, `2026-01-31` (its beginning, in UTC), or
/// how long ago it was: `90m`, `2h`, `7d`.
struct MomentArgument: ExpressibleByArgument, Hashable, Sendable {
    let date: Date

    init?(argument: String) { self.init(argument, now: Date()) }

    init?(_ text: String, now: Date) {
        if let moment = Timestamp(text) ?? Timestamp("\(text)T00:00:00Z") {
            self.date = Date(timeIntervalSince1970: Double(moment.microseconds) / 1e6)
        } else if text.hasSuffix("d"), let days = Double(text.dropLast()), (0...36_525) ~= days {
            self.date = now - days * 86_400
        } else if let ago = DurationArgument(argument: text) {
            self.date = now - Double(ago.duration.milliseconds) / 1000
        } else {
            return nil
        }
    }
}

/// A UUID on the command line.
struct UUIDArgument: ExpressibleByArgument, Hashable, Sendable {
    let id: UUID

    init?(argument: String) {
        guard let id = UUID(uuidString: argument) else { return nil }
        self.id = id
    }
}
