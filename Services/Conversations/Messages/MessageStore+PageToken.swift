internal import ConversationsAPI
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

extension MessageStore.Listing {
    /// The token for the page that begins after a message.
    func token(after sequence: Int64) -> String {
        PageCursor([
            self.conversationID.uuidString, self.leafID?.uuidString ?? "",
            self.direction.rawValue, String(sequence),
        ]).text
    }

    /// Reads a token of a list of this conversation in this direction.
    ///
    /// - Returns: the leaf whose branch it lists, and where the page begins.
    static func position(
        in token: String,
        of request: ListMessages,
        direction: ListDirection
    ) throws -> (leafID: UUID?, after: Int64) {
        let parts = try PageCursor(token, partCount: 4).parts
        guard parts[0] == request.conversationID.uuidString,
            parts[2] == direction.rawValue, let sequence = Int64(parts[3]), sequence > 0
        else { throw Self.mismatch }
        if (request.scope ?? .branch) == .tree {
            guard parts[1].isEmpty else { throw Self.mismatch }
            return (nil, sequence)
        }
        guard let leaf = UUID(uuidString: parts[1]),
            request.leafID == nil || request.leafID == leaf
        else { throw Self.mismatch }
        return (leaf, sequence)
    }

    private static var mismatch: RPCError {
        .invalid("pageToken", "it is not of a list with this conversation, scope and direction.")
    }
}
