public import RPC

public import struct FoundationEssentials.Date

/// Something a person did, as a front end reports it.
public struct Activity: Codable, Hashable, Sendable, DocumentedFields {
    /// What: 1 to 100 characters; ``pageViewed`` counts as a page view.
    public var action: String
    /// The kind of thing it was done with: 1 to 50 characters.
    public var resourceType: String?
    /// Which one: 1 to 200 characters; needs a resource type.
    public var resourceID: String?
    /// When; now if absent. At most 7 days ago and 5 minutes ahead.
    public var occurredAt: Date?
    /// How long it took: 0 to 86,400 seconds; 0 if absent.
    public var durationSeconds: Double?
    /// Further facts: an object of at most 4 KiB as JSON.
    public var metadata: JSONValue?

    /// The action that counts as a page view.
    public static let pageViewed = "page_viewed"

    /// Describes an activity.
    public init(
        action: String,
        resourceType: String? = nil,
        resourceID: String? = nil,
        occurredAt: Date? = nil,
        durationSeconds: Double? = nil,
        metadata: JSONValue? = nil
    ) {
        self.action = action
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.occurredAt = occurredAt
        self.durationSeconds = durationSeconds
        self.metadata = metadata
    }

    public static let fieldDocumentation = [
        "action": "What: 1 to 100 characters; page_viewed counts as a page view.",
        "resourceType": "The kind of thing it was done with: 1 to 50 characters.",
        "resourceID": "Which one: 1 to 200 characters; needs a resource type.",
        "occurredAt": "When; now if absent. At most 7 days ago and 5 minutes ahead.",
        "durationSeconds": "How long it took: 0 to 86,400 seconds; 0 if absent.",
        "metadata": "Further facts: an object of at most 4 KiB as JSON.",
    ]
}
