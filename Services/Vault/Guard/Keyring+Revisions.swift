internal import struct FoundationEssentials.UUID

extension Keyring {
    /// The newest revisions that were acknowledged, of all secrets and connections.
    var revisions: [UUID: Int64] { self.writer.withState { $0.revisions } }
}
