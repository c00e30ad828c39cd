internal import AuditAPI
internal import FoundationEssentials
internal import Postgres
internal import RPC

/// What samples and figures may say.  Pure: each returns the value to store, or throws an
/// ``RPCError`` that names the field.
enum MetricRules {
    /// Seconds that a sample may be old.
    static let oldestSample: Double = 86_400
    /// Seconds that a sample may be ahead.
    static let newestSample: Double = 600
    /// Tags of a sample.
    static let tagCount = 16
    /// Bytes of all tags of a sample.
    static let tagByteCount = 1_000

    /// Checks a sample that a process reports.
    ///
    /// - Parameter peers: the names of the process; `nil` for this process itself.
    static func check(_ metric: SystemMetric, of peers: Set<String>?, now: Date) throws {
        try Self.name(metric.name, "name")
        try Self.name(metric.component, "component")
        if let peers, let owner = metric.component.split(separator: ".").first,
            !peers.contains(String(owner))
        {
            throw RPCError.producerNotCaller
        }
        guard metric.unit.utf8.count <= 20, Self.isPlain(metric.unit) else {
            throw RPCError.invalid("unit", "at most 20 printable ASCII characters.")
        }
        guard metric.value.isFinite else { throw RPCError.invalid("value", "a finite number.") }
        try Self.tags(metric.tags)
        let age = now.timeIntervalSince(metric.createdAt)
        guard age <= Self.oldestSample, age >= -Self.newestSample else {
            throw RPCError.invalid("createdAt", "within a day before now and ten minutes after.")
        }
    }

    /// A name of a metric or component.
    static func name(_ text: String, _ field: String) throws {
        let isName = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || [0x2E, 0x5F, 0x2D, 0x2F].contains($0)
        }
        guard isName, (1...100).contains(text.utf8.count) else {
            throw RPCError.invalid(field, "1 to 100 of letters, digits and . _ - /.")
        }
    }

    /// Tags of a sample, or that are asked for.
    static func tags(_ tags: [String: String]) throws {
        let byteCount = tags.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard tags.count <= Self.tagCount, byteCount <= Self.tagByteCount else {
            throw RPCError.invalid(
                "tags", "at most \(Self.tagCount), and \(Self.tagByteCount) bytes in all.")
        }
        guard tags.allSatisfy({ Self.isPlain($0.key) && Self.isPlain($0.value) }) else {
            throw RPCError.invalid("tags", "printable ASCII characters.")
        }
    }

    /// Without quotes and backslashes, which would make text longer as JSON.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }
    }

    /// Checks a question for series.
    static func check(_ request: QueryMetrics) throws {
        try Self.name(request.name, "name")
        _ = try request.component.map { try Self.name($0, "component") }
        _ = try request.tags.map(Self.tags)
        _ = try request.aggregation.map { try RetentionRules.known($0, "aggregation") }
        guard let from = try RetentionRules.time(request.from, "from"),
            let to = try RetentionRules.time(request.to, "to"), from < to
        else { throw RPCError.invalid("to", "after from.") }
        guard let step = request.stepSeconds else {
            guard request.isCombined != true else {
                throw RPCError.invalid("isCombined", "needs stepSeconds.")
            }
            return
        }
        guard (1...31_536_000).contains(step) else {
            throw RPCError.invalid("stepSeconds", "1 to 31536000.")
        }
        guard to.timeIntervalSince(from) / Double(step) <= Double(QueryMetrics.stepLimit) else {
            throw RPCError.invalid("stepSeconds", "at most \(QueryMetrics.stepLimit) steps.")
        }
    }

    // MARK: Figures

    /// A figure of a request as it is stored.
    static func value(_ request: PutMetric) throws -> (value: Decimal, metadata: JSONText) {
        _ = try RetentionRules.text(request.name, "name", limit: 100)
        _ = try RetentionRules.text(request.category, "category", limit: 50)
        _ = try request.period.map { try RetentionRules.text($0, "period", limit: 20) }
        _ = try RetentionRules.time(request.recordedAt, "recordedAt")
        guard request.value.isFinite, request.value.magnitude < 1e40,
            let value = Decimal(string: "\(request.value)")
        else { throw RPCError.invalid("value", "a finite number smaller than 10^40.") }
        return (value, try Self.metadata(request.metadata ?? [:]))
    }

    private static func metadata(_ metadata: [String: JSONValue]) throws -> JSONText {
        guard Self.isStorable(.object(metadata), depth: 8) else {
            throw RPCError.invalid("metadata", "at most 8 levels deep, without U+0000.")
        }
        let data = try JSONEncoder().encode(metadata)
        guard data.count <= 16_384 else {
            throw RPCError.invalid("metadata", "at most 16384 bytes as JSON.")
        }
        return JSONText(String(decoding: data, as: UTF8.self))
    }

    private static func isStorable(_ value: JSONValue, depth: Int) -> Bool {
        switch value {
        case .null, .boolean, .integer: true
        case .number(let number): number.isFinite && number.magnitude < 0x1p63
        case .string(let text): !text.utf8.contains(0)
        case .array(let values):
            depth > 0 && values.allSatisfy { Self.isStorable($0, depth: depth - 1) }
        case .object(let members):
            depth > 0
                && members.allSatisfy {
                    !$0.key.utf8.contains(0) && Self.isStorable($0.value, depth: depth - 1)
                }
        }
    }
}
