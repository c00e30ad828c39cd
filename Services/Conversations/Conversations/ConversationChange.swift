internal import ConversationsAPI
internal import RPC

internal import struct FoundationEssentials.UUID

/// One change of a conversation: which columns it writes, and which event tells of it.
struct ConversationChange: Hashable {
    /// What watchers hear.
    let kind: ConversationEventKind
    /// The columns, by name.
    let columns: Draft

    /// A change of these columns.
    init(_ kind: ConversationEventKind, _ columns: Draft) {
        self.kind = kind
        self.columns = columns
    }

    /// Another title.
    static func rename(_ title: String) -> Self {
        var draft = Draft()
        draft.set("title", title)
        return Self(.renamed, draft)
    }

    /// Into the archive, or out of it.
    static func archive(_ isArchived: Bool) -> Self {
        var draft = Draft()
        draft.set("is_archived", isArchived)
        return Self(isArchived ? .archived : .unarchived, draft)
    }

    /// To the top of lists, or back.
    static func pin(_ isPinned: Bool) -> Self {
        var draft = Draft()
        draft.set("is_pinned", isPinned)
        return Self(isPinned ? .pinned : .unpinned, draft)
    }

    /// Another branch.
    static func select(leaf: UUID) -> Self {
        var draft = Draft()
        draft.set("active_leaf_id", leaf)
        return Self(.branchSelected, draft)
    }

    /// Out of sight, for good.
    static let delete = Self(.deleted, Draft())

    /// The columns under the names that they have on the wire.
    ///
    /// Those that were emptied are named under `cleared`, as in ``UpdateConversation``, because
    /// null means absent there.
    var wireFields: JSONValue? {
        var fields: [String: JSONValue] = [:]
        var cleared: [JSONValue] = []
        for (column, value) in self.columns.columns.sorted(by: { $0.key < $1.key }) {
            let name = Self.wireName(column)
            if value == .null {
                cleared.append(.string(name))
            } else {
                fields[name] = value
            }
        }
        if !cleared.isEmpty { fields["cleared"] = .array(cleared) }
        return fields.isEmpty ? nil : .object(fields)
    }

    /// `active_leaf_id` becomes `activeLeafID`.
    private static func wireName(_ column: String) -> String {
        let words = column.split(separator: "_")
        return words.dropFirst().reduce(into: String(words.first ?? "")) { name, word in
            name += word == "id" ? "ID" : word.prefix(1).uppercased() + word.dropFirst()
        }
    }
}
