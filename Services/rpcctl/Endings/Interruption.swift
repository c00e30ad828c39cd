import Dispatch
import Glibc
import Locks

/// Hears Ctrl-C and SIGTERM, so that a call is cancelled and says goodbye before the process ends.
///
/// The second signal ends the process at once, and so does a goodbye that takes more than a second.
enum Interruption {
    private struct State {
        var received: Int32?
        var isGivenUp = false
        var isBlocked = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private static let state = Mutex(State())

    /// The status that the first signal asks for; `nil` while none came.
    static var status: ExitStatus? {
        self.state.withLock { $0.received }.map { $0 == SIGTERM ? .terminated : .interrupted }
    }

    /// Takes over the signals.
    static func install() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // Naming the source here keeps it for the life of the process.
                if !source.isCancelled { self.receive(number) }
            }
            source.resume()
        }
        // A reader that goes away shows as EPIPE where we write.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Returns when the first signal came, or when cancelled.
    static func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if state.received != nil || state.isGivenUp { return true }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.takeWaiter { $0.isGivenUp = true }?.resume()
        }
    }

    /// Does something that waits for a person in a system call, which no cancellation ends: a
    /// signal then ends the process at once.
    static func whileBlocked<Answer>(_ body: () throws -> Answer) rethrows -> Answer {
        self.state.withLock { $0.isBlocked = true }
        defer { self.state.withLock { $0.isBlocked = false } }
        return try body()
    }

    private static func receive(_ number: Int32) {
        let endsNow = self.state.withLock { state in
            defer { state.received = state.received ?? number }
            return state.received != nil || state.isBlocked
        }
        if endsNow { self.endNow() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 1) { self.endNow() }
        self.takeWaiter { _ in }?.resume()
    }

    private static func takeWaiter(
        _ change: (inout State) -> Void
    ) -> CheckedContinuation<Void, Never>? {
        self.state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
    }

    private static func endNow() -> Never {
        TerminalEcho.restore()
        _exit((self.status ?? .interrupted).number)
    }
}
