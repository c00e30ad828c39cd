public import RPC

public import struct FoundationEssentials.Date

/// One thing that was measured at one time.  A sample is identified by its name, component, unit,
/// tags and time: reported twice it is kept once.
public struct SystemMetric: Codable, Hashable, Sendable, DocumentedFields {
    /// What was measured, such as `rpc.calls`; 1 to 100 of letters, digits and `._-/`.
    public var name: String
    /// The value, finite; of a counter what was added since the sample before.
    public var value: Double
    /// The unit, such as `bytes`; at most 20 characters, empty for a number.
    public var unit: String
    /// The part of the system: the service, or something of it as in `identity.passwords`.
    public var component: String
    /// What tells it from others of the same name, such as the method; at most 16, and 1,000 bytes.
    public var tags: [String: String]
    /// When; within a day before now and ten minutes after.
    public var createdAt: Date

    /// Describes a sample.
    public init(
        name: String, value: Double, unit: String = "", component: String,
        tags: [String: String] = [:], createdAt: Date
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.component = component
        self.tags = tags
        self.createdAt = createdAt
    }

    public static let fieldDocumentation = [
        "name": "What was measured, such as rpc.calls.",
        "value": "The value; of a counter what was added since the sample before.",
        "unit": "The unit, such as bytes; empty for a number.",
        "component": "The service, or something of it as in identity.passwords.",
        "tags": "What tells it from others of the same name, such as the method.",
        "createdAt": "When; within a day before now and ten minutes after.",
    ]
}
