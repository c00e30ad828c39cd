internal import RPC

internal import struct FoundationEssentials.Date

/// One message of a file, ready to be staged.
struct ImportedMessage: Hashable {
    /// Its id in the file.
    var sourceID: String
    /// The parent's id in the file.
    var parentSourceID: String?
    /// The original's id in the file.
    var editedFromSourceID: String?
    /// When it was written.
    var writtenAt: Date
    /// Its columns.
    var draft: Draft

    /// The message as the staging statement reads it.
    func staged(ordinal: Int64) -> JSONValue {
        .object([
            "ordinal": .integer(ordinal),
            "source_id": .string(self.sourceID),
            "parent_source_id": self.parentSourceID.map(JSONValue.string) ?? .null,
            "edited_from_source_id": self.editedFromSourceID.map(JSONValue.string) ?? .null,
            "written_at": .string(Timestamp.text(self.writtenAt)),
            "draft": .object(self.draft.columns),
        ])
    }
}

/// One conversation of a file, once all of it has been read.
struct ImportedConversation: Hashable {
    /// The format and id by which it is known when it comes again.
    var sourceFormat: String
    /// See ``sourceFormat``.
    var sourceID: String
    /// The leaf of the branch that was shown; absent for the latest message.
    var activeLeafSourceID: String?
    /// Its columns.
    var draft: Draft
}
