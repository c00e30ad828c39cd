import Foundation
import Glibc
import Locks
import ProcessTestSupport

/// Takes the place of a Unix socket and hands on what comes, writing down every byte, both ways.
final class RecordingRelay: Sendable {
    private let path: String
    private let original: String
    private let record: Int32
    private let listener: Int32

    /// Steps in for a socket; who is connected already stays connected without it.
    ///
    /// - Parameter file: gets the bytes.
    init(inPlaceOf socket: URL, recordingTo file: URL) throws {
        self.path = socket.path
        self.original = socket.path + ".original"
        self.record = open(file.path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        self.listener = Self.newSocket()
        guard self.record >= 0, self.listener >= 0, rename(self.path, self.original) == 0 else {
            throw TestFailure("\(socket.path): errno \(errno)")
        }
        let listener = self.listener
        let isBound = Self.withAddress(self.path) { bind(listener, $0, $1) == 0 }
        guard isBound, listen(listener, 64) == 0, chmod(self.path, 0o777) == 0 else {
            throw TestFailure("\(socket.path): errno \(errno)")
        }
        Thread.detachNewThread { self.accept() }
    }

    /// Takes no more connections; those that are there go on.
    func stop() {
        shutdown(self.listener, Int32(SHUT_RDWR))
        close(self.listener)
    }

    private func accept() {
        while true {
            let client = Glibc.accept(self.listener, nil, nil)
            if client < 0, errno == EINTR || errno == ECONNABORTED { continue }
            guard client >= 0 else { return }
            let server = Self.newSocket()
            guard Self.withAddress(self.original, { connect(server, $0, $1) == 0 }) else {
                close(client)
                close(server)
                continue
            }
            let pair = Pair(client, server)
            Thread.detachNewThread { self.pump(from: client, to: server, of: pair) }
            Thread.detachNewThread { self.pump(from: server, to: client, of: pair) }
        }
    }

    private func pump(from source: Int32, to sink: Int32, of pair: Pair) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            var offset = 0
            while offset < count {
                let sent = bytes[offset..<count].withUnsafeBytes {
                    // In one piece each: what two directions append does not mix.
                    if offset == 0 { _ = write(self.record, $0.baseAddress, $0.count) }
                    return send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if sent < 0, errno == EINTR { continue }
                guard sent > 0 else { break }
                offset += sent
            }
            guard offset == count else { break }
        }
        shutdown(source, Int32(SHUT_RD))
        shutdown(sink, Int32(SHUT_WR))
        pair.endOne()
    }

    private static func newSocket() -> Int32 {
        socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            buffer.copyBytes(from: path.utf8.prefix(buffer.count - 1))
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }

    /// Two sockets that are closed when both directions have ended.
    private final class Pair: Sendable {
        private let sockets: [Int32]
        private let running = Mutex(2)

        init(_ first: Int32, _ second: Int32) { self.sockets = [first, second] }

        func endOne() {
            let isLast = self.running.withLock { running in
                running -= 1
                return running == 0
            }
            if isLast { for socket in self.sockets { close(socket) } }
        }
    }
}
