/// Bounds on a frame that comes from a peer.
///
/// They protect the memory of the connection's owner: a frame beyond them is refused before a byte
/// of it has been kept.
package struct FrameLimits: Sendable, Hashable {
    /// The greatest `length` field: metadata and body together, in bytes.
    package var frameByteCount: Int

    /// The greatest metadata, in bytes.
    package var metadataByteCount: Int

    /// Makes limits; 64 KiB and 8 KiB unless told otherwise.
    package init(frameByteCount: Int = 65_536, metadataByteCount: Int = 8_192) {
        self.frameByteCount = frameByteCount
        self.metadataByteCount = metadataByteCount
    }
}
