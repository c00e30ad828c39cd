public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.UUID

/// Releases a version to the reader: its data key is sealed anew, to a key that the reader made for
/// this call. The use is recorded before anything is given out. Whoever may not know of the secret
/// is told the same whether it is missing, expired, destroyed or not theirs.
public struct GetSecret: UnaryMethod {
    /// Which secret.
    public var secretID: UUID?
    /// Its name, instead of its id.
    public var name: String?
    /// The owner of the name; the caller if absent.
    public var ownerID: UUID?
    /// Which version; by label if absent.
    public var version: Int64?
    /// current, previous or pending; current if absent.
    public var label: SecretLabel?
    /// An X25519 public key made for this call, 32 bytes.
    public var readerKey: Data
    /// 16 random bytes of the reader; the answer repeats them.
    public var requestID: Data
    /// The tool it is for.
    public var toolID: UUID?
    /// What it is for, at most 500 characters.
    public var purpose: String?

    /// Asks for it.
    public init(
        secretID: UUID? = nil, name: String? = nil, ownerID: UUID? = nil, version: Int64? = nil,
        label: SecretLabel? = nil, readerKey: Data, requestID: Data, toolID: UUID? = nil,
        purpose: String? = nil
    ) {
        self.secretID = secretID
        self.name = name
        self.ownerID = ownerID
        self.version = version
        self.label = label
        self.readerKey = readerKey
        self.requestID = requestID
        self.toolID = toolID
        self.purpose = purpose
    }

    public typealias Reply = SecretRelease

    public static let contract = MethodContract(
        "vault.GetSecret",
        documentation: "Releases a version, sealed to a key that the reader made for this call.",
        access: .all([
            .peers([
                "operator", "gateway", "conversations", "tools", "retrieval", "workspace",
            ]), .tokenFor("vault"), .permission("vault:read"),
        ]),
        repeatability: .readOnly,
        auditAction: "secret_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "name": "Its name, instead of its id.",
        "ownerID": "The owner of the name; the caller if absent.",
        "version": "Which version; by label if absent.",
        "label": "current, previous or pending; current if absent.",
        "readerKey": "An X25519 public key made for this call, 32 bytes.",
        "requestID": "16 random bytes of the reader; the answer repeats them.",
        "toolID": "The tool it is for.",
        "purpose": "What it is for, at most 500 characters.",
    ]
}
