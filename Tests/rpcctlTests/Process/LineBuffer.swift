import Dispatch
import Glibc
import Locks

/// What a process wrote so far, read on a thread of its own.
final class LineBuffer: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var hasEnded = false
        var waiter:
            (condition: @Sendable (String) -> Bool, continuation: CheckedContinuation<Void, Never>)?
    }

    private let descriptor: Int32
    private let state = Mutex(State())

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        DispatchQueue(label: "output").async {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                // A terminal whose other side is gone answers with EIO.
                self.append(count > 0 ? chunk[..<count] : [], isEnd: count <= 0)
                if count <= 0 { return }
            }
        }
    }

    var text: String { self.state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    /// Waits until the text fulfils a condition or has ended.
    func wait(_ condition: @escaping @Sendable (String) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isOver = self.state.withLock { state in
                if state.hasEnded || condition(String(decoding: state.bytes, as: UTF8.self)) {
                    return true
                }
                state.waiter = (condition, continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func append(_ bytes: ArraySlice<UInt8>, isEnd: Bool) {
        let continuation = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.bytes += bytes
            state.hasEnded = isEnd
            guard let waiter = state.waiter,
                isEnd || waiter.condition(String(decoding: state.bytes, as: UTF8.self))
            else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        continuation?.resume()
    }
}
