public import RPC

/// Recomputes everything that is stored of the log and says what does not fit: entries, their
/// columns, payloads, tiles, producers' numbers and checkpoints, against the newest checkpoint kept
/// outside the database.
public struct CheckLog: ServerStreamMethod {
    /// Which epoch of the log; the current one if absent.
    public var logEpoch: Int64?

    /// Asks for a check.
    public init(logEpoch: Int64? = nil) { self.logEpoch = logEpoch }

    public typealias Element = LogCheckReport

    public static let contract = MethodContract(
        "audit.CheckLog",
        documentation: "Recomputes everything that is stored of the log and says what is wrong.",
        access: .any([.permission("audit:read"), .peers([AccessRule.operatorName])]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "logEpoch": "Which epoch of the log; the current one if absent."
    ]
}

/// What a check has found so far: a report for each fault, one now and then in between, and one at
/// the end.
public struct LogCheckReport: Codable, Hashable, Sendable, DocumentedFields {
    /// How many entries are checked.
    public var checkedCount: Int64
    /// How many there are to check.
    public var treeSize: Int64
    /// What is wrong, and where; the first one is where to look.
    public var fault: LogFault?
    /// Whether the check is over.
    public var isLast: Bool

    /// Describes a state of a check.
    public init(
        checkedCount: Int64, treeSize: Int64, fault: LogFault? = nil, isLast: Bool = false
    ) {
        self.checkedCount = checkedCount
        self.treeSize = treeSize
        self.fault = fault
        self.isLast = isLast
    }

    public static let fieldDocumentation = [
        "checkedCount": "How many entries are checked.",
        "treeSize": "How many there are to check.",
        "fault": "What is wrong, and where.",
        "isLast": "Whether the check is over.",
    ]
}

/// Something that is not as it was.
public struct LogFault: Codable, Hashable, Sendable, DocumentedFields {
    /// Where: `entry 17`, `tile 0/3`, `checkpoint 4096`, `producer identity`.
    public var place: String
    /// What is wrong there, in a sentence.
    public var description: String

    /// Describes a fault.
    public init(place: String, description: String) {
        self.place = place
        self.description = description
    }

    public static let fieldDocumentation = [
        "place": "Where: entry 17, tile 0/3, checkpoint 4096, producer identity.",
        "description": "What is wrong there, in a sentence.",
    ]
}
