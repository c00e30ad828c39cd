public import RPC

/// Reports what a service has measured of itself.  Nothing waits for it, and it may be lost.
public struct ReportMetrics: UnaryMethod {
    /// At most 1,000.
    public var metrics: [SystemMetric]

    /// Reports samples.
    public init(metrics: [SystemMetric]) { self.metrics = metrics }

    public typealias Reply = ReportedMetrics

    /// The most samples of one call.
    public static let metricLimit = 1_000

    public static let contract = MethodContract(
        "audit.ReportMetrics",
        documentation: "Reports what a service has measured of itself.",
        access: .peers([
            "identity", "conversations", "tools", "audit", "vault", "retrieval", "workspace",
        ]),
        repeatability: .idempotent,
        unknownFields: .reject
    )

    public static let fieldDocumentation = ["metrics": "At most 1000."]
}

/// What became of reported samples.
public struct ReportedMetrics: Codable, Hashable, Sendable, DocumentedFields {
    /// How many are stored by this call; those that were there before are not counted.
    public var storedCount: Int
    /// How many were left out, since there are too many different metrics already.
    public var refusedCount: Int

    /// Describes what became of them.
    public init(storedCount: Int, refusedCount: Int) {
        self.storedCount = storedCount
        self.refusedCount = refusedCount
    }

    public static let fieldDocumentation = [
        "storedCount": "How many are stored by this call.",
        "refusedCount": "How many were left out, since there are too many different metrics.",
    ]
}
