import Foundation
import Glibc
import Locks
import NIOCore
import Wire

@testable import RPC

/// A peer that writes whatever bytes a test wants, on a blocking socket.
final class RawPeer: Sendable {
    private let descriptor: CInt
    private let hasPreface = Atomic<Bool>(false)
    private let unread = Mutex(ByteBuffer())

    init(path: String) throws {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        guard TestService.withAddress(path, { connect(descriptor, $0, $1) }) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(self.descriptor) }

    /// Sends bytes; false once the server has closed.
    @discardableResult
    func write(_ buffer: ByteBuffer) -> Bool {
        var bytes = Array(buffer.readableBytesView)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.send(self.descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// Preface and HELLO.
    func shakeHands(_ change: (inout HandshakeSettings) -> Void = { _ in }) throws {
        var settings = HandshakeSettings(
            limits: ProtocolLimits(), software: "raw", instance: UUID())
        change(&settings)
        var bytes = ByteBuffer()
        bytes.writeBytes(Preface.bytes)
        bytes.writeFrame(
            type: .hello, flags: [], stream: 0,
            metadata: try CBOREncoder().encode(settings), body: ByteBuffer())
        self.write(bytes)
    }

    func frame(
        _ type: FrameType, flags: FrameFlags = [], stream: UInt64 = 0,
        metadata: (any Encodable)? = nil, body: ByteBuffer = ByteBuffer()
    ) throws {
        var bytes = ByteBuffer()
        bytes.writeFrame(
            type: type, flags: flags, stream: stream,
            metadata: try metadata.map { try CBOREncoder().encode($0) } ?? ByteBuffer(), body: body)
        self.write(bytes)
    }

    /// Sends one byte with open files attached.
    func write(byte: UInt8, attaching files: [CInt]) {
        var byte = byte
        let header = MemoryLayout<cmsghdr>.size
        var control = [UInt8](repeating: 0, count: header + files.count * MemoryLayout<CInt>.size)
        control.withUnsafeMutableBytes { raw in
            var message = cmsghdr()
            message.cmsg_len = raw.count
            message.cmsg_level = SOL_SOCKET
            message.cmsg_type = CInt(SCM_RIGHTS)
            raw.storeBytes(of: message, as: cmsghdr.self)
            for (index, file) in files.enumerated() {
                raw.storeBytes(
                    of: file, toByteOffset: header + index * MemoryLayout<CInt>.size, as: CInt.self)
            }
        }
        let descriptor = self.descriptor
        withUnsafeMutableBytes(of: &byte) { bytes in
            var part = iovec(iov_base: bytes.baseAddress, iov_len: 1)
            withUnsafeMutablePointer(to: &part) { part in
                control.withUnsafeMutableBytes { control in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    _ = sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// Waits until the server has closed, and leaves what it sent unread.
    func waitWithoutReading(atMost limit: Duration) {
        var wish = pollfd(fd: self.descriptor, events: 0, revents: 0)
        poll(&wish, 1, CInt(clamping: limit.milliseconds))
    }

    /// Drops what comes until the server closes, or for a while.
    func waitUntilClosed(atMost limit: Duration) {
        let deadline = ContinuousClock.now + limit
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = ContinuousClock.now.duration(to: deadline).milliseconds
            var wish = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&wish, 1, CInt(clamping: left)) > 0,
                recv(self.descriptor, &chunk, chunk.count, 0) > 0
            else { return }
        }
    }

    /// Reads until the server closes.
    ///
    /// - Returns: the frames it sent after its preface.
    func framesUntilClosed() async throws -> [Frame] {
        // Through a lock: ThreadSanitizer is told of no order between a continuation's end and what
        // follows where it ends before it is awaited.
        let outcome = Mutex<Result<[Frame], any Error>>(.success([]))
        await withCheckedContinuation { continuation in
            // On a thread of its own: the test's tasks share two threads with each other.
            Thread.detachNewThread {
                let frames = Result { try self.readUntilClosed() }
                outcome.withLock { $0 = frames }
                continuation.resume()
            }
        }
        return try outcome.withLock { $0 }.get()
    }

    private func readUntilClosed() throws -> [Frame] {
        var buffer = ByteBuffer()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(self.descriptor, &chunk, chunk.count, 0)
            // A server that closes with unread bytes makes the kernel say that it was reset.
            if count < 0, errno == ECONNRESET { break }
            guard count >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            guard count > 0 else { break }
            buffer.writeBytes(chunk[..<count])
        }
        buffer.moveReaderIndex(forwardBy: min(Preface.byteCount, buffer.readableBytes))
        var decoder = FrameDecoder(limits: FrameLimits())
        var frames: [Frame] = []
        while let frame = try decoder.decode(buffer: &buffer) { frames.append(frame) }
        return frames
    }

    /// Reads, holding up its thread, until the server has ended a stream.
    func frames(untilEndOf stream: UInt64) throws -> [Frame] {
        try self.frames { $0.stream == stream && $0.flags.contains(.end) }
    }

    /// Reads, holding up its thread, until something comes on a stream.
    func frames(untilFirstOf stream: UInt64) throws -> [Frame] {
        try self.frames { $0.stream == stream }
    }

    private func frames(until isLast: (Frame) -> Bool) throws -> [Frame] {
        var frames: [Frame] = []
        var decoder = FrameDecoder(limits: FrameLimits())
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var buffer = self.unread.withLock { $0 }
        defer { self.unread.withLock { $0 = buffer } }
        while true {
            if self.hasPreface.load(ordering: .relaxed) {
                while let frame = try decoder.decode(buffer: &buffer) {
                    frames.append(frame)
                    if isLast(frame) { return frames }
                }
            } else if buffer.readableBytes >= Preface.byteCount {
                buffer.moveReaderIndex(forwardBy: Preface.byteCount)
                self.hasPreface.store(true, ordering: .relaxed)
                continue
            }
            let count = recv(self.descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            buffer.writeBytes(chunk[..<count])
        }
    }

    /// Ends the connection, both ways.
    func hangUp() { shutdown(self.descriptor, CInt(SHUT_RDWR)) }

    /// The reason of the GOAWAY with which the server closed.
    func reasonForClosing() async throws -> String? {
        guard let last = try await self.framesUntilClosed().last, last.type == .goAway else {
            return nil
        }
        return try CBORDecoder().decode(GoAwayMetadata.self, from: last.metadata).reason
    }

    static func listenOnLoopback() throws -> (descriptor: CInt, port: Int) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // A `sockaddr_in` in bytes, because its fields belong to whichever module was read first:
        // Glibc or NIO's own wrapper of it.
        var address = [UInt8](repeating: 0, count: 16)
        address[0] = UInt8(AF_INET)
        address.replaceSubrange(4..<8, with: [127, 0, 0, 1])
        var length = socklen_t(address.count)
        let isBound = address.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { addresses in
                guard let address = addresses.baseAddress else { return false }
                return bind(descriptor, address, length) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 16) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        return (descriptor, Int(address[2]) << 8 | Int(address[3]))
    }
}
