package import ConversationsAPI
package import Postgres
internal import RPC

internal import struct FoundationEssentials.Data

extension Message: RowDecodable {
    /// The columns that ``init(row:)`` reads, of the row `m`.
    static let columns: SQL = """
        m.id, m.conversation_id, m.parent_id, m.edited_from_id, m.sequence, m.role, \
        m.sender_type, m.sender_id, m.author_id, m.type, m.text, m.parts, m.media_url, \
        m.media_size, m.media_type, m.content_hash, m.provider, m.model, m.token_count, \
        m.input_token_count, m.output_token_count, m.is_error, m.error_details, \
        m.tool_execution_id, m.output_routing, m.metadata, m.processed_at, m.created_at
        """

    package init(row: Row) throws {
        self.init(
            id: try row.get("id"),
            conversationID: try row.get("conversation_id"),
            parentID: try row.get("parent_id"),
            editedFromID: try row.get("edited_from_id"),
            sequence: try row.get("sequence"),
            role: MessageRole(rawValue: try row.get("role")),
            senderType: SenderType(rawValue: try row.get("sender_type")),
            senderID: try row.get("sender_id"),
            authorID: try row.get("author_id"),
            type: MessageType(rawValue: try row.get("type")),
            text: try row.get("text"),
            parts: try row.json("parts")?.array,
            mediaURL: try row.get("media_url"),
            mediaSize: try row.get("media_size"),
            mediaType: try row.get("media_type"),
            contentHash: try row.get("content_hash"),
            provider: try row.get("provider"),
            model: try row.get("model"),
            tokenCount: try row.get("token_count", as: Int32?.self).map(Int.init),
            inputTokenCount: try row.get("input_token_count", as: Int32?.self).map(Int.init),
            outputTokenCount: try row.get("output_token_count", as: Int32?.self).map(Int.init),
            isError: try row.get("is_error"),
            errorDetails: try row.json("error_details"),
            toolExecutionID: try row.get("tool_execution_id"),
            outputRouting: try row.json("output_routing"),
            metadata: try row.json("metadata") ?? .object([:]),
            processedAt: try row.get("processed_at"),
            createdAt: try row.get("created_at")
        )
    }
}
