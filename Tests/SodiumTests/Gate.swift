import Dispatch
import Locks

/// Holds a thread until it is opened, and tells when a thread stands before it.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let state = Mutex<(hasEntered: Bool, waiter: CheckedContinuation<Void, Never>?)>(
        (false, nil)
    )

    /// Blocks the calling thread until the gate opens.
    func wait() {
        let waiter = self.state.withLock { state in
            state.hasEntered = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
        self.semaphore.wait()
        self.semaphore.signal()
    }

    /// Returns when a thread stands before the gate.
    func entered() async {
        await withCheckedContinuation { continuation in
            let hasEntered = self.state.withLock { state in
                if !state.hasEntered { state.waiter = continuation }
                return state.hasEntered
            }
            if hasEntered { continuation.resume() }
        }
    }

    /// Lets everybody through from now on.
    func open() { self.semaphore.signal() }
}
