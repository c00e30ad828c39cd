public import RPC

/// Gets the newest signed checkpoint, from the file that the signer keeps outside the database.
public struct GetCheckpoint: UnaryMethod {
    /// Asks for it.
    public init() {}

    public typealias Reply = SignedCheckpoint

    public static let contract = MethodContract(
        "audit.GetCheckpoint",
        documentation: "Gets the newest signed checkpoint, from outside the database.",
        access: .any([.permission("audit:read"), .peers([AccessRule.operatorName])]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// What the signer has vouched for.
public struct SignedCheckpoint: Codable, Hashable, Sendable, DocumentedFields {
    /// The log's name, which begins every checkpoint; another one for each epoch.
    public var origin: String
    /// Which epoch of the log, from 1.
    public var logEpoch: Int64
    /// How many entries the checkpoint covers.
    public var treeSize: Int64
    /// The checkpoint as a C2SP signed note.
    public var note: String
    /// The key that verifies it, as a C2SP vkey.
    public var verifierKey: String

    /// Describes a checkpoint.
    public init(
        origin: String, logEpoch: Int64, treeSize: Int64, note: String, verifierKey: String
    ) {
        self.origin = origin
        self.logEpoch = logEpoch
        self.treeSize = treeSize
        self.note = note
        self.verifierKey = verifierKey
    }

    public static let fieldDocumentation = [
        "origin": "The log's name, another one for each epoch.",
        "logEpoch": "Which epoch of the log, from 1.",
        "treeSize": "How many entries the checkpoint covers.",
        "note": "The checkpoint as a C2SP signed note.",
        "verifierKey": "The key that verifies it, as a C2SP vkey.",
    ]
}
