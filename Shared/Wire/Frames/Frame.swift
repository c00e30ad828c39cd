package import NIOCore

/// One frame: a header of 16 bytes, metadata in CBOR, and a body.
///
/// ```
/// length u32 | type u8 | flags u8 | meta_length u16 | stream u64 | metadata | body
/// ```
///
/// Integers are big-endian; `length` counts metadata and body.
package struct Frame: Sendable, Hashable {
    /// What the frame says.
    package var type: FrameType
    /// End of stream, continuation, ignorability.
    package var flags: FrameFlags
    /// The stream, or 0 for the connection.
    package var stream: UInt64
    /// A CBOR map, or nothing; a slice of the bytes received.
    package var metadata: ByteBuffer
    /// A message, a fragment, or nothing; a slice of the bytes received.
    package var body: ByteBuffer

    /// The size of the header, in bytes.
    package static let headerByteCount = 16

    /// Makes a frame.
    package init(
        type: FrameType,
        flags: FrameFlags = [],
        stream: UInt64,
        metadata: ByteBuffer = ByteBuffer(),
        body: ByteBuffer = ByteBuffer()
    ) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.metadata = metadata
        self.body = body
    }
}
