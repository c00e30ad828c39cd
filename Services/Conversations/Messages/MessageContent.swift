internal import ConversationsAPI
internal import RPC

/// What the content hash of a message covers: what is said, not who says it or when.
struct MessageContent: Encodable, Hashable {
    var role: String
    var type: String
    var text: String
    var parts: [JSONValue]?
    var mediaURL: String?
    var mediaSize: Int64?
    var mediaType: String?

    /// SHA-256 over deterministic CBOR.
    var hash: [UInt8] {
        get throws { try Digest.of(self) }
    }
}
