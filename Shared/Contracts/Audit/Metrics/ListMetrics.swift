public import RPC

/// Lists what is measured: every metric with its component and unit, by name.
public struct ListMetrics: UnaryMethod {
    /// Only of this component.
    public var component: String?
    /// Only names that begin so.
    public var prefix: String?

    /// Asks for names.
    public init(component: String? = nil, prefix: String? = nil) {
        self.component = component
        self.prefix = prefix
    }

    public typealias Reply = MetricNameList

    /// The most names of an answer.
    public static let nameLimit = 5_000

    public static let contract = MethodContract(
        "audit.ListMetrics",
        documentation: "Lists what is measured, by name.",
        access: .any([.permission("metrics:read"), .peers([AccessRule.operatorName])]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "component": "Only of this component.",
        "prefix": "Only names that begin so.",
    ]
}

/// What is measured.
public struct MetricNameList: Codable, Hashable, Sendable, DocumentedFields {
    /// By name and component.
    public var metrics: [MetricName]

    /// Makes a list.
    public init(metrics: [MetricName]) { self.metrics = metrics }

    public static let fieldDocumentation = ["metrics": "By name and component; at most 5000."]
}

/// A thing that is measured.
public struct MetricName: Codable, Hashable, Sendable, DocumentedFields {
    /// What.
    public var name: String
    /// Where.
    public var component: String
    /// In which unit.
    public var unit: String
    /// How many series there are, told from each other by their tags.
    public var seriesCount: Int64

    /// Describes it.
    public init(name: String, component: String, unit: String, seriesCount: Int64) {
        self.name = name
        self.component = component
        self.unit = unit
        self.seriesCount = seriesCount
    }

    public static let fieldDocumentation = [
        "name": "What is measured.",
        "component": "Where.",
        "unit": "In which unit; empty for a number.",
        "seriesCount": "How many series there are, told from each other by their tags.",
    ]
}
