internal import ConversationsAPI
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

extension ConversationStore.Filter {
    /// The token for the page that begins after a position.
    func token(_ position: ConversationStore.Position) throws -> String {
        PageCursor([
            try self.digest, position.isPinned ? "1" : "0",
            Timestamp.text(position.lastActivityAt), position.id.uuidString,
        ]).text
    }

    /// Reads a token of a list with these filters.
    func position(in token: String) throws -> ConversationStore.Position {
        let parts = try PageCursor(token, partCount: 4).parts
        guard parts[0] == (try self.digest),
            let date = Timestamp.date(parts[2]), let id = UUID(uuidString: parts[3])
        else {
            throw RPCError.invalid("pageToken", "it is not of a list with these filters.")
        }
        return ConversationStore.Position(
            isPinned: parts[1] == "1",
            lastActivityAt: date,
            id: id
        )
    }

    /// A few digits that tell lists apart, so that a token is not used with other filters.
    private var digest: String {
        get throws {
            Digest.hexadecimal(
                try Digest.of([
                    self.isArchived ? "archived" : "", self.contextType?.rawValue ?? "",
                    self.contextID?.uuidString ?? "",
                ]).prefix(4)
            )
        }
    }
}
