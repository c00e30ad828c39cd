import Foundation
import NIOCore
import Wire

@testable import RPC

/// Writes what a peer might send: mostly right, so that it gets far, and then damaged.
///
/// SplitMix64 (Steele, Lea, Flood 2014) underneath: the same bytes for the same seed everywhere.
struct FrameGenerator: RandomNumberGenerator {
    private var state: UInt64
    private var lastStream: UInt64 = 0
    /// Streams on which more may follow.
    private var open: [UInt64] = []

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// Mostly small, sometimes at the edge of a limit.
    mutating func size() -> Int {
        switch self.below(12) {
        case 0: 0
        case 1: [1_023, 1_024, 1_025, 4_095, 4_096].randomElement(using: &self) ?? 1
        case 2: self.below(60_000)
        default: self.below(200)
        }
    }

    // MARK: Inputs

    /// A valid handshake and then frames, the last of which may be damaged.
    mutating func conversation(_ bytes: inout ByteBuffer) {
        (self.lastStream, self.open) = (0, [])
        bytes.writeBytes(Preface.bytes)
        self.hello(&bytes, self.settings())
        for _ in 0..<self.below(60) { self.frame(&bytes) }
        if self.below(2) == 0 { self.damage(&bytes, from: bytes.writerIndex * 2 / 3) }
    }

    /// Frames for a client that has its first eight streams open; the last may be damaged.
    mutating func replies(_ bytes: inout ByteBuffer) {
        (self.lastStream, self.open) = (15, [1, 3, 5, 7, 9, 11, 13, 15])
        for _ in 0..<self.below(60) { self.frame(&bytes, opens: false) }
        if self.below(2) == 0 { self.damage(&bytes, from: bytes.writerIndex * 2 / 3) }
    }

    /// Preface and HELLO with any of their bytes wrong.
    mutating func handshake(_ bytes: inout ByteBuffer) {
        (self.lastStream, self.open) = (0, [])
        bytes.writeBytes(Preface.bytes)
        var settings = self.settings()
        if self.below(2) == 0 {
            settings.frameBytes = UInt32(truncatingIfNeeded: self.next() >> self.shift())
            settings.streamWindow = UInt32(truncatingIfNeeded: self.next() >> self.shift())
            settings.connectionWindow = UInt32(truncatingIfNeeded: self.next() >> self.shift())
            settings.metadataBytes = UInt32(truncatingIfNeeded: self.next() >> self.shift())
            settings.streams = UInt32(truncatingIfNeeded: self.next() >> self.shift())
            settings.maximumVersion = UInt8(truncatingIfNeeded: self.next() >> 62)
        }
        self.hello(&bytes, settings)
        if self.below(3) > 0 { self.damage(&bytes, from: 0) }
        for _ in 0..<self.below(4) { self.frame(&bytes) }
    }

    /// A valid handshake, and frames whose metadata is damaged.
    mutating func metadata(_ bytes: inout ByteBuffer) {
        (self.lastStream, self.open) = (0, [])
        bytes.writeBytes(Preface.bytes)
        self.hello(&bytes, self.settings())
        for _ in 0..<3 {
            var metadata =
                self.below(2) == 0
                ? self.openMetadata() : self.encode(self.status(code: UInt8(self.below(20))))
            self.damage(&metadata, from: 0)
            let isOpen = self.below(2) == 0
            bytes.writeFrame(
                type: isOpen ? .open : .status, flags: .end,
                stream: isOpen ? self.nextStream() : self.lastStream,
                metadata: metadata, body: ByteBuffer(repeating: 0, count: self.below(50)))
        }
    }

    // MARK: Parts

    private mutating func shift() -> UInt64 { 32 + UInt64(self.below(32)) }

    private mutating func settings() -> HandshakeSettings {
        var settings = HandshakeSettings(
            limits: ProtocolLimits(), software: "fuzz",
            instance: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        if self.below(3) == 0 { settings.streamWindow = 1_024 }
        if self.below(3) == 0 { settings.frameBytes = 1_024 }
        return settings
    }

    /// The usual HELLO.
    func hello(_ bytes: inout ByteBuffer) throws {
        var generator = self
        let settings = generator.settings()
        generator.hello(&bytes, settings)
    }

    /// The HELLO that a server gets, or the HELLO_OK that a client gets.
    mutating func settings(_ bytes: inout ByteBuffer, forClient isClient: Bool) {
        var settings = self.settings()
        settings.version = isClient ? HandshakeSettings.currentVersion : nil
        bytes.writeFrame(
            type: isClient ? .helloOK : .hello, stream: 0, metadata: self.encode(settings))
    }

    private func hello(_ bytes: inout ByteBuffer, _ settings: HandshakeSettings) {
        bytes.writeFrame(type: .hello, stream: 0, metadata: self.encode(settings))
    }

    private mutating func nextStream() -> UInt64 {
        self.lastStream += self.lastStream == 0 ? 1 : 2 * UInt64(self.below(3) + 1)
        return self.lastStream
    }

    /// Mostly one on which more may follow, sometimes one that is over.
    private mutating func knownStream(isLast: Bool = false) -> UInt64 {
        guard let index = self.open.indices.randomElement(using: &self), self.below(40) > 0 else {
            return max(1, self.lastStream)
        }
        return isLast ? self.open.remove(at: index) : self.open[index]
    }

    private func encode(_ value: some Encodable) -> ByteBuffer {
        (try? CBOREncoder().encode(value)) ?? ByteBuffer()
    }

    private mutating func openMetadata() -> ByteBuffer {
        var open = OpenMetadata(method: "fuzz.Method\(self.below(3))")
        if self.below(3) == 0 { open.timeout = self.next() >> UInt64(self.below(64)) }
        if self.below(4) == 0 {
            open.values = ["key": String(repeating: "v", count: self.below(99))]
        }
        return self.encode(open)
    }

    private func status(code: UInt8) -> StatusMetadata { StatusMetadata(code: code) }

    /// Any frame, mostly on a stream that it belongs on.
    mutating func frame(_ bytes: inout ByteBuffer, opens: Bool = true) {
        let body = ByteBuffer(repeating: 0x61, count: self.size() + (self.below(20) > 0 ? 1 : 0))
        let choices = opens ? 0..<14 : 3..<14
        switch opens && self.open.isEmpty ? 0 : Int.random(in: choices, using: &self) {
        case 0, 1, 2:
            var flags: FrameFlags = self.below(2) == 0 ? .end : []
            if self.below(3) == 0 { flags = .more }
            let metadata = self.openMetadata()
            let stream = self.nextStream()
            if flags != .end { self.open.append(stream) }
            bytes.writeFrame(
                type: .open, flags: flags, stream: stream, metadata: metadata,
                body: body)
        case 3, 4, 5, 6, 7:
            let flags: FrameFlags = [[], .more, .more, .end].randomElement(using: &self) ?? []
            bytes.writeFrame(
                type: .message, flags: flags, stream: self.knownStream(isLast: flags == .end),
                body: body)
        case 8:
            bytes.writeFrame(
                type: .status, flags: .end, stream: self.knownStream(isLast: true),
                metadata: self.encode(self.status(code: UInt8(self.below(20) > 0 ? 1 : 0))))
        case 9, 10:
            bytes.writeFrame(
                type: .reset, stream: self.knownStream(isLast: true),
                metadata: self.encode(self.status(code: 1)))
        case 11, 12:
            let granted = UInt32(truncatingIfNeeded: (self.next() >> 48) + 1)
            bytes.writeFrame(
                type: .credit, stream: self.below(2) == 0 ? 0 : self.knownStream(),
                body: ByteBuffer(integer: granted))
        default:
            let type = FrameType(rawValue: [3, 4, 5, 0x7f].randomElement(using: &self) ?? 3)
            bytes.writeFrame(
                type: type, flags: type.rawValue == 0x7f ? .ignorable : [], stream: 0,
                metadata: type == .goAway
                    ? self.encode(GoAwayMetadata(lastStream: 0, reason: "x")) : ByteBuffer(),
                body: type == .goAway ? ByteBuffer() : ByteBuffer(integer: self.next()))
        }
    }

    // MARK: Damage

    private mutating func damage(_ bytes: inout ByteBuffer, from start: Int) {
        var array = Array(bytes.readableBytesView)
        for _ in 0...self.below(3) where array.count > start {
            let index = start + self.below(array.count - start)
            switch self.below(5) {
            case 0: array[index] = UInt8(truncatingIfNeeded: self.next())
            case 1: array[index] ^= 1 << UInt8(self.below(8))
            case 2: array.remove(at: index)
            case 3: array.insert(UInt8(truncatingIfNeeded: self.next()), at: index)
            default: array.removeLast(self.below(min(8, array.count - start) + 1))
            }
        }
        bytes = ByteBuffer(bytes: array)
    }
}
