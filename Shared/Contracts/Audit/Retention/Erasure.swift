public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// How far an erasure has come.
public struct ErasureState: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It is being done.
    public static let due = Self(rawValue: "due")
    /// What is left is under a hold, and goes when that is released.
    public static let held = Self(rawValue: "held")
    /// Nothing is left.
    public static let done = Self(rawValue: "done")

    public static let knownCases: [Self] = [.due, .held, .done]
}

/// The record of an erasure of one person's data.
public struct Erasure: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7.
    public var id: UUID
    /// Whose data.
    public var userID: UUID
    /// The legal basis.
    public var basis: String
    /// Why.
    public var reason: String
    /// Who asked; `nil` for identity, which has erased the person.
    public var requestedBy: UUID?
    /// When.
    public var requestedAt: Date
    /// How far it has come.
    public var state: ErasureState
    /// How many payloads are gone.
    public var erasedCount: Int64
    /// When nothing was left to erase.
    public var finishedAt: Date?

    /// Describes an erasure.
    public init(
        id: UUID, userID: UUID, basis: String, reason: String, requestedBy: UUID? = nil,
        requestedAt: Date, state: ErasureState, erasedCount: Int64, finishedAt: Date? = nil
    ) {
        self.id = id
        self.userID = userID
        self.basis = basis
        self.reason = reason
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
        self.state = state
        self.erasedCount = erasedCount
        self.finishedAt = finishedAt
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7.",
        "userID": "Whose data.",
        "basis": "The legal basis.",
        "reason": "Why.",
        "requestedBy": "Who asked; absent for identity, which has erased the person.",
        "requestedAt": "When.",
        "state": "due, held (the rest is under a hold) or done.",
        "erasedCount": "How many payloads are gone.",
        "finishedAt": "When nothing was left to erase.",
    ]
}
