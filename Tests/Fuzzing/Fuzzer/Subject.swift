import NIOCore

/// What is fuzzed.
enum Subject: String, CaseIterable {
    /// A server's connection after its handshake.
    case frames
    /// A client's connection after its handshake, with calls open.
    case replies
    /// Either side's connection from its first byte on.
    case handshake
    /// The metadata of each kind of frame.
    case metadata
    /// CBOR and JSON, with and without a type.
    case codec

    // Safe because it is set once, before libFuzzer begins on this thread.
    nonisolated(unsafe) static var current = Subject.codec

    func run(_ bytes: UnsafeRawBufferPointer) {
        var input = FuzzInput(bytes)
        switch self {
        case .frames: ConnectionFuzzing.conversation(&input, asClient: false)
        case .replies: ConnectionFuzzing.conversation(&input, asClient: true)
        case .handshake: ConnectionFuzzing.handshake(&input)
        case .metadata: MetadataFuzzing.run(&input)
        case .codec: CodecFuzzing.run(&input)
        }
    }
}

/// Takes an input apart; at its end there are only zeros.
struct FuzzInput {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ bytes: UnsafeRawBufferPointer) { self.rest = bytes[...] }

    var isEmpty: Bool { self.rest.isEmpty }

    mutating func byte() -> UInt8 { self.rest.popFirst() ?? 0 }

    mutating func number<T: FixedWidthInteger>(as type: T.Type) -> T {
        (0..<T.bitWidth / 8).reduce(0) { number, _ in number << 8 | T(self.byte()) }
    }

    mutating func bytes(atMost count: Int) -> ByteBuffer {
        defer { self.rest = self.rest.dropFirst(count) }
        return ByteBuffer(bytes: self.rest.prefix(count))
    }

    mutating func remaining() -> ByteBuffer { self.bytes(atMost: self.rest.count) }
}
