import Foundation
import Glibc
import NIOCore
import Wire

@testable import RPC

/// A peer that writes whatever bytes a test wants, on a blocking socket.
final class RawPeer: Sendable {
    private let descriptor: CInt

    init(path: String) throws {
        self.descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        let descriptor = self.descriptor
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
    func shakeHands() throws {
        var bytes = ByteBuffer()
        bytes.writeBytes(Preface.bytes)
        bytes.writeFrame(
            type: .hello, flags: [], stream: 0,
            metadata: try CBOREncoder().encode(
                HandshakeSettings(limits: ProtocolLimits(), software: "raw", instance: UUID())),
            body: ByteBuffer())
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

    /// Reads until the server closes.
    ///
    /// - Returns: the frames it sent after its preface.
    func framesUntilClosed() async throws -> [Frame] {
        // On a thread of its own: the test's tasks share two threads with each other.
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try self.readUntilClosed() })
            }
        }
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

    /// The reason of the GOAWAY with which the server closed.
    func reasonForClosing() async throws -> String? {
        guard let last = try await self.framesUntilClosed().last, last.type == .goAway else {
            return nil
        }
        return try CBORDecoder().decode(GoAwayMetadata.self, from: last.metadata).reason
    }

    static func listenOnLoopback() throws -> (descriptor: CInt, port: Int) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 16) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
