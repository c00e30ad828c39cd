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
