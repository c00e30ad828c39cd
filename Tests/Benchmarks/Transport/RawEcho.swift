import BenchmarkSupport
import Glibc

/// The floor: two processes, blocking reads and writes, no protocol at all.
enum RawEcho {
    /// Answers one connection after the other until the process is ended.
    static func serve(path: String) throws {
        let listener = try UnixSocket.listen(path)
        while true {
            let peer = accept(listener, nil, nil)
            guard peer >= 0 else { throw SystemError("accept") }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(peer, &bytes, bytes.count)
                guard count > 0 else { break }
                guard write(peer, bytes, count) == count else { break }
            }
            close(peer)
        }
    }

    /// One message there and back at a time.
    static func measure(path: String, _ load: Load) throws -> Rate {
        let descriptor = try UnixSocket.connect(path)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 7, count: load.byteCount)
        var count = 0
        let start = ContinuousClock.now
        let end = start + load.duration
        while ContinuousClock.now < end {
            for _ in 0..<64 {
                guard write(descriptor, bytes, bytes.count) == bytes.count else {
                    throw SystemError("write")
                }
                var received = 0
                while received < bytes.count {
                    let part = read(descriptor, &bytes, bytes.count - received)
                    guard part > 0 else { throw SystemError("read") }
                    received += part
                }
                count += 1
            }
        }
        return Rate(callCount: count, duration: ContinuousClock.now - start)
    }
}

/// A call of the system that failed.
struct SystemError: Error, CustomStringConvertible {
    let description: String

    init(_ call: String) { self.description = "\(call): \(String(cString: strerror(errno)))" }
}

/// Blocking Unix sockets.
enum UnixSocket {
    static func listen(_ path: String) throws -> Int32 {
        unlink(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = self.withAddress(path) { bind(descriptor, $0, $1) }
        guard bound == 0, Glibc.listen(descriptor, 1_024) == 0 else { throw SystemError("bind") }
        return descriptor
    }

    static func connect(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard self.withAddress(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw SystemError("connect")
        }
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { target in
            target.copyBytes(from: path.utf8.prefix(target.count - 1))
        }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
