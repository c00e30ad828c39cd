import NIOCore
import Wire

@testable import RPC

/// Inputs for a connection: what its peer sends, and in what portions.
///
/// An input begins with a seed of what handlers do meanwhile. Then follow, by the next byte, bytes
/// as they are or frames in a form whose lengths are always right.
enum ConnectionFuzzing {
    static func conversation(_ input: inout FuzzInput, asClient isClient: Bool) {
        var generator = FrameGenerator(seed: input.number(as: UInt64.self))
        var bytes = ByteBuffer(bytes: Preface.bytes)
        generator.settings(&bytes, forClient: isClient)
        let handshakeByteCount = bytes.readableBytes
        if input.byte() % 2 == 0 {
            var raw = input.remaining()
            self.checkDecoder(raw)
            bytes.writeBuffer(&raw)
        } else {
            while !input.isEmpty, bytes.readableBytes < 1_000_000 {
                self.writeFrame(from: &input, to: &bytes)
            }
        }
        self.run(&bytes, asClient: isClient, handshakeByteCount, &generator)
    }

    static func handshake(_ input: inout FuzzInput) {
        var generator = FrameGenerator(seed: input.number(as: UInt64.self))
        let isClient = input.byte() % 2 == 1
        var bytes = input.remaining()
        self.run(&bytes, asClient: isClient, 0, &generator)
    }

    /// Sends bytes to a connection, lets handlers act between portions, and looks at what is left.
    private static func run(
        _ bytes: inout ByteBuffer, asClient isClient: Bool, _ firstByteCount: Int,
        _ generator: inout FrameGenerator
    ) {
        do {
            let subject = try FuzzSubject(asClient: isClient)
            if let first = bytes.readSlice(length: firstByteCount) {
                try subject.receive(first)
                if firstByteCount > 0, subject.handler.phase != .open {
                    found("a handshake that failed")
                }
            }
            subject.act(&generator)
            while bytes.readableBytes > 0, subject.handler.phase != .closed {
                let count = min(generator.below(4_000) + 1, bytes.readableBytes)
                try subject.receive(bytes.readSlice(length: count) ?? ByteBuffer())
                subject.act(&generator)
            }
            let problems = try subject.problemsAfterClosing()
            if !problems.isEmpty { found("\(problems)") }
        } catch {
            found("an error left the connection: \(error)")
        }
    }

    /// Frames are the same however their bytes arrive, and written again they are those bytes.
    private static func checkDecoder(_ bytes: ByteBuffer) {
        var whole = bytes
        var portions = ByteBuffer()
        var rest = bytes
        var written = ByteBuffer()
        var (decoder, slow) = (FrameDecoder(), FrameDecoder())
        while let frame = try? decoder.decode(buffer: &whole) {
            written.writeFrame(frame)
            var again: Frame?
            do {
                while again == nil, let byte = rest.readSlice(length: 1) {
                    portions.writeImmutableBuffer(byte)
                    again = try slow.decode(buffer: &portions)
                }
            } catch {
                found("refused only in portions: \(error)")
            }
            if again != frame { found("another frame in portions") }
        }
        if !bytes.readableBytesView.starts(with: written.readableBytesView) {
            found("frames are written otherwise than they came")
        }
    }

    // MARK: Frames with right lengths

    static let types: [FrameType] = [
        .open, .message, .status, .reset, .credit, .ping, .pong, .goAway, .helloOK,
        FrameType(rawValue: 0x7f),
    ]

    /// The stream whose number is written out.
    private static let spelledOut: UInt8 = 0xff
    /// The longest body that comes from the input; longer ones are filled.
    private static let ownByteCount = 16

    private static func writeFrame(from input: inout FuzzInput, to bytes: inout ByteBuffer) {
        let type = self.types[Int(input.byte()) % self.types.count]
        let flags = FrameFlags(rawValue: input.byte())
        let selector = input.byte()
        let stream: UInt64 =
            switch selector {
            case 0: 0
            case self.spelledOut: input.number(as: UInt64.self)
            default: UInt64(selector) * 2 - 1
            }
        let metadata = input.bytes(atMost: Int(input.byte()))
        let byteCount = Int(input.number(as: UInt16.self))
        let body =
            byteCount > self.ownByteCount
            ? ByteBuffer(repeating: 0x61, count: byteCount) : input.bytes(atMost: byteCount)
        bytes.writeFrame(type: type, flags: flags, stream: stream, metadata: metadata, body: body)
    }

    /// The form above of frames; what it has no room for is left out.
    static func input(for frames: [Frame]) -> ByteBuffer {
        var input = ByteBuffer()
        for frame in frames {
            let metadata = frame.metadata.readableBytesView.prefix(255)
            let body = frame.body.readableBytesView
            let count = min(body.count, Int(UInt16.max))
            input.writeInteger(UInt8(self.types.firstIndex(of: frame.type) ?? 0))
            input.writeInteger(frame.flags.rawValue)
            if frame.stream == 0 {
                input.writeInteger(UInt8(0))
            } else if frame.stream % 2 == 1, frame.stream < 2 * UInt64(self.spelledOut) - 1 {
                input.writeInteger(UInt8((frame.stream + 1) / 2))
            } else {
                input.writeMultipleIntegers(self.spelledOut, frame.stream)
            }
            input.writeInteger(UInt8(metadata.count))
            input.writeBytes(metadata)
            input.writeInteger(UInt16(count))
            if count <= self.ownByteCount { input.writeBytes(body) }
        }
        return input
    }
}
