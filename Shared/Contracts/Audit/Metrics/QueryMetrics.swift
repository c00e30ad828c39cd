public import RPC

public import struct FoundationEssentials.Date

/// How the samples of one step become one point.
public struct MetricAggregation: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Their mean.
    public static let average = Self(rawValue: "avg")
    /// The least.
    public static let minimum = Self(rawValue: "min")
    /// The greatest.
    public static let maximum = Self(rawValue: "max")
    /// All added up: for counters.
    public static let sum = Self(rawValue: "sum")
    /// The latest.
    public static let last = Self(rawValue: "last")
    /// How many there are.
    public static let count = Self(rawValue: "count")

    public static let knownCases: [Self] = [
        .average, .minimum, .maximum, .sum, .last, .count,
    ]
}

/// Gets what was measured as series of points; without a step, the samples as they are.
public struct QueryMetrics: UnaryMethod {
    /// Which metric.
    public var name: String
    /// Only of this component.
    public var component: String?
    /// Only series that have these tags, at most 16.
    public var tags: [String: String]?
    /// From this time on.
    public var from: Date
    /// Up to this time, exclusive.
    public var to: Date
    /// Seconds of one point, from 1, counted from ``from``; at most 5,000 steps in all.
    public var stepSeconds: Int?
    /// How samples become points; average if absent.
    public var aggregation: MetricAggregation?
    /// Whether all series become one, as the calls of all methods do; not if absent.
    public var isCombined: Bool?

    /// Asks for series.
    public init(
        name: String, component: String? = nil, tags: [String: String]? = nil, from: Date,
        to: Date, stepSeconds: Int? = nil, aggregation: MetricAggregation? = nil,
        isCombined: Bool? = nil
    ) {
        self.name = name
        self.component = component
        self.tags = tags
        self.from = from
        self.to = to
        self.stepSeconds = stepSeconds
        self.aggregation = aggregation
        self.isCombined = isCombined
    }

    public typealias Reply = MetricSeriesList

    /// The most steps of a question.
    public static let stepLimit = 5_000
    /// The most points of an answer, all series together.
    public static let pointLimit = 20_000

    public static let contract = MethodContract(
        "audit.QueryMetrics",
        documentation: "Gets what services have measured as series of points.",
        access: .any([.permission("metrics:read"), .peers([AccessRule.operatorName])]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "name": "Which metric.",
        "component": "Only of this component.",
        "tags": "Only series that have these tags.",
        "from": "From this time on.",
        "to": "Up to this time, exclusive.",
        "stepSeconds": "Seconds of one point; absent for the samples as they are.",
        "aggregation": "How samples become points: avg, min, max, sum, last or count.",
        "isCombined": "Whether all series become one; needs a step.",
    ]
}

/// Series of points.
public struct MetricSeriesList: Codable, Hashable, Sendable, DocumentedFields {
    /// By component and tags.
    public var series: [MetricSeries]
    /// Whether there is more than an answer holds: ask for less time, longer steps or fewer series.
    public var isTruncated: Bool

    /// Makes a list.
    public init(series: [MetricSeries], isTruncated: Bool = false) {
        self.series = series
        self.isTruncated = isTruncated
    }

    public static let fieldDocumentation = [
        "series": "By component and tags; at most 20000 points in all.",
        "isTruncated": "Whether there is more than an answer holds.",
    ]
}

/// What was measured in one place.
public struct MetricSeries: Codable, Hashable, Sendable, DocumentedFields {
    /// What.
    public var name: String
    /// Where; `nil` if several are combined.
    public var component: String?
    /// In which unit; `nil` if several are combined.
    public var unit: String?
    /// What tells it from others; `nil` if several are combined.
    public var tags: [String: String]?
    /// In the order of time; steps without a sample have no point.
    public var points: [MetricPoint]

    /// Describes a series.
    public init(
        name: String, component: String? = nil, unit: String? = nil,
        tags: [String: String]? = nil, points: [MetricPoint]
    ) {
        self.name = name
        self.component = component
        self.unit = unit
        self.tags = tags
        self.points = points
    }

    public static let fieldDocumentation = [
        "name": "What.",
        "component": "Where; absent if several are combined.",
        "unit": "In which unit; absent if several are combined.",
        "tags": "What tells it from others; absent if several are combined.",
        "points": "In the order of time; steps without a sample have none.",
    ]
}

/// A value at a time.
public struct MetricPoint: Codable, Hashable, Sendable, DocumentedFields {
    /// The time of the sample, or the beginning of the step.
    public var at: Date
    /// The value.
    public var value: Double

    /// Describes a point.
    public init(at: Date, value: Double) {
        self.at = at
        self.value = value
    }

    public static let fieldDocumentation = [
        "at": "The time of the sample, or the beginning of the step.",
        "value": "The value.",
    ]
}
