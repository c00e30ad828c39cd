internal import AuditAPI
internal import NIOCore
internal import RPC
internal import Wire

internal import struct FoundationEssentials.Date

/// An activity that is what it should be, ready to be stored.
struct CheckedActivity: Sendable {
    let action: String
    let resourceType: String?
    let resourceID: String?
    let occurredAt: Date
    let durationSeconds: Double
    /// JSON text of an object.
    let metadata: String

    private static let metadataByteCountLimit = 4_096
    private static let metadataItemCountLimit = 256
    /// How far off a front end's clock, and how late its report, may be, in seconds.
    private static let pastLimit = 7.0 * 86_400
    private static let futureLimit = 300.0

    /// Checks an activity.
    ///
    /// - Throws: an ``RPCError`` with the reason `audit.field_invalid`.
    init(_ activity: Activity, now: Date) throws {
        self.action = try Self.line(activity.action, "action", atMost: 100)
        self.resourceType = try activity.resourceType
            .map { try Self.line($0, "resourceType", atMost: 50) }
        self.resourceID = try activity.resourceID
            .map { try Self.line($0, "resourceID", atMost: 200) }
        guard self.resourceID == nil || self.resourceType != nil else {
            throw RPCError.invalid("resourceID", "needs resourceType.")
        }
        self.occurredAt = activity.occurredAt ?? now
        let age = now.timeIntervalSince(self.occurredAt)
        guard (-Self.futureLimit...Self.pastLimit).contains(age) else {
            throw RPCError.invalid("occurredAt", "at most 7 days ago and 5 minutes ahead.")
        }
        self.durationSeconds = activity.durationSeconds ?? 0
        guard (0...86_400).contains(self.durationSeconds) else {
            throw RPCError.invalid("durationSeconds", "0 to 86,400.")
        }
        self.metadata = try Self.text(activity.metadata ?? .object([:]))
    }

    private static func line(_ text: String, _ field: String, atMost limit: Int) throws -> String {
        guard (1...limit).contains(text.unicodeScalars.count),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw RPCError.invalid(field, "1 to \(limit) characters in one line.") }
        return text
    }

    private static func text(_ metadata: JSONValue) throws -> String {
        guard case .object = metadata, metadata.itemCount <= Self.metadataItemCountLimit,
            !metadata.hasNUL
        else {
            throw RPCError.invalid(
                "metadata",
                "an object of at most \(Self.metadataItemCountLimit) values, without U+0000.")
        }
        let encoded = try CBOREncoder().encode(metadata)
        let text = try CBORDecoder().decode(CBORValue.self, from: encoded).json()
        guard text.utf8.count <= Self.metadataByteCountLimit else {
            throw RPCError.invalid("metadata", "at most 4 KiB as JSON.")
        }
        return text
    }
}

extension JSONValue {
    /// Whether any text of it holds U+0000, which Postgres cannot keep.
    fileprivate var hasNUL: Bool {
        switch self {
        case .string(let text): text.utf8.contains(0)
        case .array(let values): values.contains(where: \.hasNUL)
        case .object(let members):
            members.contains { $0.key.utf8.contains(0) || $0.value.hasNUL }
        case .null, .boolean, .integer, .number: false
        }
    }
}
