package import NIOCore

/// Cuts a stream of bytes into frames.
///
/// A header is judged as soon as its 16 bytes are there: a frame that breaks the format or the
/// limits is refused before its content arrives. Metadata and body are slices, without a copy. The
/// decoder itself never asks for memory. An unknown type with the ignorable flag is passed on.
package struct FrameDecoder: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = Frame

    /// The bounds that the next header is held against; they change once, after the handshake.
    package var limits: FrameLimits

    /// Makes a decoder.
    package init(limits: FrameLimits = FrameLimits()) {
        self.limits = limits
    }

    /// Takes the next frame out of the buffer, or nothing while it isn't complete.
    ///
    /// Throws `FrameError`.
    package mutating func decode(buffer: inout ByteBuffer) throws -> Frame? {
        guard let header = try header(of: buffer) else { return nil }
        guard buffer.readableBytes - Frame.headerByteCount >= header.length else { return nil }
        buffer.moveReaderIndex(forwardBy: Frame.headerByteCount)
        guard let metadata = buffer.readSlice(length: header.metadataLength),
            let body = buffer.readSlice(length: header.length - header.metadataLength)
        else { return nil }
        return Frame(
            type: header.type,
            flags: header.flags,
            stream: header.stream,
            metadata: metadata,
            body: body
        )
    }

    /// Takes the last frames; throws `FrameError.truncated` where the peer left within one.
    package mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> Frame? {
        if let frame = try decode(buffer: &buffer) { return frame }
        guard seenEOF, buffer.readableBytes > 0 else { return nil }
        let length = try header(of: buffer)?.length ?? 0
        throw FrameError.truncated(
            missingByteCount: Frame.headerByteCount + length - buffer.readableBytes
        )
    }

    private struct Header {
        var length: Int
        var type: FrameType
        var flags: FrameFlags
        var metadataLength: Int
        var stream: UInt64
    }

    @inline(__always)
    private func header(of buffer: ByteBuffer) throws(FrameError) -> Header? {
        guard
            let (length, type, flags, metadataLength, stream) = buffer.peekMultipleIntegers(
                as: (UInt32, UInt8, UInt8, UInt16, UInt64).self
            )
        else { return nil }
        let header = Header(
            length: Int(length),
            type: FrameType(rawValue: type),
            flags: FrameFlags(rawValue: flags),
            metadataLength: Int(metadataLength),
            stream: stream
        )
        guard header.flags.isSubset(of: .known) else { throw .reservedFlags(flags) }
        guard header.type.isKnown || header.flags.contains(.ignorable) && type != 0 else {
            throw .unknownType(type)
        }
        guard header.length <= limits.frameByteCount else {
            throw .frameTooLong(length: header.length, limit: limits.frameByteCount)
        }
        guard header.metadataLength <= header.length else {
            throw .metadataBeyondFrame(
                metadataLength: header.metadataLength,
                length: header.length
            )
        }
        guard header.metadataLength <= limits.metadataByteCount else {
            throw .metadataTooLong(
                length: header.metadataLength,
                limit: limits.metadataByteCount
            )
        }
        return header
    }
}
