internal import RPC
internal import ServiceKit

/// Where a page of a search ends: the time of its last event and that event's place in the log.
struct SearchPosition: Hashable, Sendable {
    /// Microseconds since 1970.
    let microseconds: Int64
    let logEpoch: Int64
    let logIndex: Int64

    /// The token for the page that begins behind it.
    func token(of filter: RecordFilter) throws -> String {
        PageCursor([
            try filter.digest, String(self.microseconds), String(self.logEpoch),
            String(self.logIndex),
        ]).text
    }

    /// Makes a position.
    init(microseconds: Int64, logEpoch: Int64, logIndex: Int64) {
        self.microseconds = microseconds
        self.logEpoch = logEpoch
        self.logIndex = logIndex
    }

    /// Reads a token of a search with this filter.
    ///
    /// - Throws: `rpc.cursor_invalid`; `audit.field_invalid` for one of another search.
    init(_ token: String, of filter: RecordFilter) throws {
        let parts = try PageCursor(token, partCount: 4).parts
        guard parts[0] == (try filter.digest), let microseconds = Int64(parts[1]),
            Self.range.contains(microseconds), let logEpoch = Int64(parts[2]),
            let logIndex = Int64(parts[3])
        else { throw RPCError.invalid("pageToken", "it is not of a search with this filter.") }
        self.init(microseconds: microseconds, logEpoch: logEpoch, logIndex: logIndex)
    }

    /// 1970 to 9999.
    private static let range = 0...253_402_300_800_000_000 as ClosedRange<Int64>
}
