/// A W3C trace context: which trace a call belongs to, and the span that made it.
///
/// Source: W3C Trace Context, section 3.2.  Only version 00 is written; any version is read.
public struct TraceContext: Sendable, Hashable {
    /// 16 bytes as 32 lower-case hexadecimal digits, not all zero.
    public let traceID: String
    /// 8 bytes as 16 lower-case hexadecimal digits, not all zero.
    public let spanID: String
    /// Whether the caller records this trace.
    public let isSampled: Bool

    /// Begins a trace of its own.
    public init() {
        var generator = SystemRandomNumberGenerator()
        self.traceID =
            Self.hexadecimal(generator.next() | 1) + Self.hexadecimal(generator.next())
        self.spanID = Self.hexadecimal(generator.next() | 1)
        self.isSampled = false
    }

    /// Reads a `traceparent` header; `nil` if it is not one.
    public init?(traceparent: String) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff",
            parts[1].utf8.count == 32, parts[2].utf8.count == 16, parts[3].utf8.count == 2,
            parts.prefix(4).allSatisfy({ $0.utf8.allSatisfy(Self.isHexadecimal) }),
            parts[1].utf8.contains(where: { $0 != UInt8(ascii: "0") }),
            parts[2].utf8.contains(where: { $0 != UInt8(ascii: "0") }),
            let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.traceID = String(parts[1])
        self.spanID = String(parts[2])
        self.isSampled = flags & 1 == 1
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// The same trace with a span of its own, for a nested call.
    public func child() -> TraceContext {
        TraceContext(
            traceID: self.traceID,
            spanID: Self.hexadecimal(UInt64.random(in: 1...UInt64.max)),
            isSampled: self.isSampled)
    }

    /// The header's value.
    public var traceparent: String {
        "00-\(self.traceID)-\(self.spanID)-\(self.isSampled ? "01" : "00")"
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
