package import NIOCore

extension ByteBuffer {
    /// Appends a frame.
    ///
    /// The sender keeps to the receiver's limits; metadata must be shorter than 64 KiB and the
    /// whole shorter than 4 GiB, which is the caller's duty.
    package mutating func writeFrame(
        type: FrameType,
        flags: FrameFlags = [],
        stream: UInt64,
        metadata: ByteBuffer = ByteBuffer(),
        body: ByteBuffer = ByteBuffer()
    ) {
        writeFrameHeader(
            type: type,
            flags: flags,
            stream: stream,
            metadataByteCount: metadata.readableBytes,
            bodyByteCount: body.readableBytes
        )
        self.writeImmutableBuffer(metadata)
        self.writeImmutableBuffer(body)
    }

    /// Appends a frame.
    ///
    /// The same duties as above.
    package mutating func writeFrame(_ frame: Frame) {
        writeFrame(
            type: frame.type,
            flags: frame.flags,
            stream: frame.stream,
            metadata: frame.metadata,
            body: frame.body
        )
    }

    /// Appends a header alone, for a sender that writes metadata and body without copying them into
    /// one buffer.
    ///
    /// The same duties as above.
    package mutating func writeFrameHeader(
        type: FrameType,
        flags: FrameFlags = [],
        stream: UInt64,
        metadataByteCount: Int,
        bodyByteCount: Int
    ) {
        precondition(metadataByteCount <= Int(UInt16.max), "metadata is too long for a frame")
        let length = metadataByteCount + bodyByteCount
        precondition(length <= Int(UInt32.max), "the body is too long for a frame")
        self.writeMultipleIntegers(
            UInt32(length),
            type.rawValue,
            flags.rawValue,
            UInt16(metadataByteCount),
            stream
        )
    }

    /// Appends a frame whose metadata and body are written in place, and fills in their lengths.
    ///
    /// What the closures throw is thrown on, and then the buffer is as it was.
    package mutating func writeFrame(
        type: FrameType,
        flags: FrameFlags = [],
        stream: UInt64,
        writingMetadata writeMetadata: (inout ByteBuffer) throws -> Void,
        writingBody writeBody: (inout ByteBuffer) throws -> Void
    ) rethrows {
        let start = self.writerIndex
        do {
            writeFrameHeader(
                type: type,
                flags: flags,
                stream: stream,
                metadataByteCount: 0,
                bodyByteCount: 0
            )
            try writeMetadata(&self)
            let bodyStart = self.writerIndex
            try writeBody(&self)
            let metadataByteCount = bodyStart - start - Frame.headerByteCount
            let length = self.writerIndex - start - Frame.headerByteCount
            precondition(metadataByteCount <= Int(UInt16.max), "metadata is too long for a frame")
            precondition(length <= Int(UInt32.max), "the body is too long for a frame")
            self.setInteger(UInt32(length), at: start)
            self.setInteger(UInt16(metadataByteCount), at: start + 6)
        } catch {
            self.moveWriterIndex(to: start)
            throw error
        }
    }
}
