import NIOCore
import NIOTestUtils
import Testing

@testable import Wire

@Suite("Frames")
struct FrameDecoderTests {
    static func header(
        length: UInt32,
        type: UInt8 = 0x11,
        flags: UInt8 = 0,
        metadata: UInt16 = 0,
        stream: UInt64 = 1
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(length, type, flags, metadata, stream)
        return buffer
    }

    static func decode(_ buffer: ByteBuffer, limits: FrameLimits = FrameLimits()) throws -> Frame? {
        var buffer = buffer
        var decoder = FrameDecoder(limits: limits)
        return try decoder.decode(buffer: &buffer)
    }

    static func error(_ buffer: ByteBuffer, limits: FrameLimits = FrameLimits()) -> FrameError? {
        do throws {
            _ = try decode(buffer, limits: limits)
            return nil
        } catch {
            return error as? FrameError
        }
    }

    @Test("the header is sixteen bytes, big-endian")
    func layout() throws {
        var buffer = ByteBuffer()
        buffer.writeFrame(
            type: .open,
            flags: [.end, .more],
            stream: 0x0102_0304_0506_0708,
            metadata: ByteBuffer(bytes: [0xa0]),
            body: ByteBuffer(bytes: [7, 8])
        )
        #expect(
            HexText.lowercase(buffer.readableBytesView) == "00000003" + "10" + "03" + "0001"
                + "0102030405060708" + "a0" + "0708"
        )
        let frame = try #require(try Self.decode(buffer))
        #expect(
            frame
                == Frame(
                    type: .open,
                    flags: [.end, .more],
                    stream: 0x0102_0304_0506_0708,
                    metadata: ByteBuffer(bytes: [0xa0]),
                    body: ByteBuffer(bytes: [7, 8])
                )
        )
    }

    @Test("frames are cut the same however the bytes arrive")
    func verifier() throws {
        var generator = RandomTesting.generator("frames")
        let types: [FrameType] = [
            .hello, .helloOK, .ping, .pong, .goAway, .credit, .open, .message, .status, .reset,
            FrameType(rawValue: 0x40),
        ]
        var pairs: [(ByteBuffer, [Frame])] = []
        for _ in 0..<20 {
            var input = ByteBuffer()
            var frames: [Frame] = []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let type = types.randomElement(using: &generator)!
                let frame = Frame(
                    type: type,
                    flags: type.isKnown ? [.end] : [.ignorable, .more],
                    stream: generator.next(),
                    metadata: ByteBuffer(
                        repeating: 1,
                        count: Int.random(in: 0...5, using: &generator)
                    ),
                    body: ByteBuffer(repeating: 2, count: Int.random(in: 0...20, using: &generator))
                )
                input.writeFrame(frame)
                frames.append(frame)
            }
            pairs.append((input, frames))
        }
        try ByteToMessageDecoderVerifier.verifyDecoder(inputOutputPairs: pairs) { FrameDecoder() }
    }

    @Test("an incomplete frame waits, whatever of it is there")
    func incomplete() throws {
        var whole = ByteBuffer()
        whole.writeFrame(
            type: .message,
            stream: 1,
            metadata: ByteBuffer(bytes: [1]),
            body: ByteBuffer(bytes: [2, 3])
        )
        for count in 0..<whole.readableBytes {
            #expect(try Self.decode(try #require(whole.getSlice(at: 0, length: count))) == nil)
        }
        #expect(try Self.decode(whole) != nil)
    }

    @Test("a slow partial frame gets no more memory than has arrived")
    func memory() throws {
        let processor = NIOSingleStepByteToMessageProcessor(FrameDecoder())
        var start = Self.header(length: 65_536)
        start.writeBytes([1, 2, 3])
        var decoder = FrameDecoder()
        let capacity = start.capacity
        #expect(try decoder.decode(buffer: &start) == nil)
        #expect(start.capacity == capacity)
        try processor.process(buffer: Self.header(length: 65_536)) { _ in }
        for _ in 0..<100 {
            try processor.process(buffer: ByteBuffer(bytes: [1])) { _ in }
        }
        #expect(processor.unprocessedBytes == 116)
    }

    @Test("lengths at the limit are accepted, one more is refused from the header alone")
    func limits() {
        let limits = FrameLimits(frameByteCount: 100, metadataByteCount: 10)
        #expect(FrameLimits() == FrameLimits(frameByteCount: 65_536, metadataByteCount: 8_192))
        #expect(Self.error(Self.header(length: 99), limits: limits) == nil)
        #expect(Self.error(Self.header(length: 100), limits: limits) == nil)
        #expect(
            Self.error(Self.header(length: 101), limits: limits)
                == .frameTooLong(length: 101, limit: 100)
        )
        #expect(
            Self.error(Self.header(length: .max), limits: limits)
                == .frameTooLong(length: 4_294_967_295, limit: 100)
        )
        #expect(Self.error(Self.header(length: 50, metadata: 9), limits: limits) == nil)
        #expect(Self.error(Self.header(length: 50, metadata: 10), limits: limits) == nil)
        #expect(
            Self.error(Self.header(length: 50, metadata: 11), limits: limits)
                == .metadataTooLong(length: 11, limit: 10)
        )
        #expect(
            Self.error(Self.header(length: 9, metadata: 10), limits: limits)
                == .metadataBeyondFrame(metadataLength: 10, length: 9)
        )
        #expect(Self.error(Self.header(length: 10, metadata: 10), limits: limits) == nil)
    }

    @Test("limits that change hold for the next header")
    func changedLimits() throws {
        var decoder = FrameDecoder(limits: FrameLimits(frameByteCount: 1, metadataByteCount: 0))
        var buffer = ByteBuffer()
        buffer.writeFrame(type: .hello, stream: 0, body: ByteBuffer(bytes: [1]))
        buffer.writeFrame(type: .message, stream: 1, body: ByteBuffer(bytes: [1, 2]))
        #expect(try decoder.decode(buffer: &buffer)?.type == .hello)
        decoder.limits.frameByteCount = 2
        #expect(try decoder.decode(buffer: &buffer)?.type == .message)
    }

    @Test("only known types are taken, or unknown ones that are ignorable")
    func types() {
        let known: Set<UInt8> = [1, 2, 3, 4, 5, 6, 0x10, 0x11, 0x12, 0x13]
        for type in UInt8.min ... .max {
            #expect(
                Self.error(Self.header(length: 0, type: type))
                    == (known.contains(type) ? nil : .unknownType(type))
            )
            #expect(
                Self.error(Self.header(length: 0, type: type, flags: 0x80))
                    == (type == 0 ? .unknownType(0) : nil)
            )
        }
        #expect(Self.error(ByteBuffer(repeating: 0, count: 16)) == .unknownType(0))
    }

    @Test("each reserved flag is refused", arguments: [0x04, 0x08, 0x10, 0x20, 0x40] as [UInt8])
    func flags(flag: UInt8) {
        #expect(
            Self.error(Self.header(length: 0, flags: flag | 0x01)) == .reservedFlags(flag | 0x01)
        )
        #expect(Self.error(Self.header(length: 0, flags: 0x83)) == nil)
    }

    @Test("a connection that ends within a frame is an error that says how much is missing")
    func truncated() throws {
        var decoder = FrameDecoder()
        var whole = ByteBuffer()
        whole.writeFrame(type: .message, stream: 1, body: ByteBuffer(bytes: [2, 3]))
        for count in 1..<whole.readableBytes {
            var part = try #require(whole.getSlice(at: 0, length: count))
            let expected = FrameError.truncated(missingByteCount: (count < 16 ? 16 : 18) - count)
            #expect(throws: expected) { try decoder.decodeLast(buffer: &part, seenEOF: true) }
            #expect(try decoder.decodeLast(buffer: &part, seenEOF: false) == nil)
        }
        #expect(try decoder.decodeLast(buffer: &whole, seenEOF: true) != nil)
        #expect(try decoder.decodeLast(buffer: &whole, seenEOF: true) == nil)
    }

    @Test("metadata and body are slices of what arrived")
    func slices() throws {
        var buffer = ByteBuffer()
        buffer.writeFrame(
            type: .message,
            stream: 1,
            metadata: ByteBuffer(bytes: [1, 1]),
            body: ByteBuffer(bytes: [2, 3])
        )
        let base = buffer.withUnsafeReadableBytes { $0.baseAddress! }
        let frame = try #require(try Self.decode(buffer))
        #expect(frame.metadata.withUnsafeReadableBytes { $0.baseAddress! } == base + 16)
        #expect(frame.body.withUnsafeReadableBytes { $0.baseAddress! } == base + 18)
    }

    @Test("a frame written in place has the lengths of what was written, or isn't written at all")
    func inPlace() throws {
        var buffer = ByteBuffer(string: "x")
        try buffer.writeFrame(type: .open, flags: .end, stream: 3) { buffer in
            try CBOREncoder().encode(["a": 1], into: &buffer)
        } writingBody: { buffer in
            buffer.writeBytes([9, 9])
        }
        buffer.moveReaderIndex(forwardBy: 1)
        let frame = try #require(try Self.decode(buffer))
        #expect(try CBORDecoder().decode([String: Int].self, from: frame.metadata) == ["a": 1])
        #expect(frame.body == ByteBuffer(bytes: [9, 9]))
        let before = buffer
        #expect(throws: FrameError.unknownType(9)) {
            try buffer.writeFrame(type: .open, stream: 3) { buffer in
                buffer.writeBytes([1])
            } writingBody: { _ in
                throw FrameError.unknownType(9)
            }
        }
        #expect(buffer == before)
    }

    @Test("the preface is told from anything else as early as its bytes allow")
    func preface() {
        var right = ByteBuffer()
        right.writePreface()
        #expect(HexText.lowercase(right.readableBytesView) == "895354570d0a1a01")
        #expect(Preface.byteCount == 8)
        for count in 0..<8 {
            #expect(Preface.check(right.getSlice(at: 0, length: count)!) == .incomplete)
        }
        #expect(Preface.check(right) == .accepted)
        var more = right
        more.writeBytes([0, 0, 0])
        #expect(Preface.check(more) == .accepted)
        for index in 0..<7 {
            var wrong = right
            wrong.setInteger(UInt8(0x55), at: index)
            for count in index + 1...8 {
                #expect(Preface.check(wrong.getSlice(at: 0, length: count)!) == .foreignProtocol)
            }
        }
        var later = right
        later.setInteger(UInt8(2), at: 7)
        #expect(Preface.check(later) == .unsupportedVersion(2))
        #expect(Preface.check(ByteBuffer(string: "GET / HTTP/1.1\r\n")) == .foreignProtocol)
    }
}
