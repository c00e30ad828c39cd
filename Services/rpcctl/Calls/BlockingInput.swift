import Dispatch
import Glibc
import Locks

/// Reads a file or standard input without holding one of Swift's own threads.
final class BlockingInput: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "input")

    /// Opens a file; `-` is standard input.
    init(path: String) throws {
        self.descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard self.descriptor >= 0 else {
            throw CommandFailure.invalidRequest("Can't read “\(path)”: \(Errno.text).")
        }
    }

    deinit { if self.descriptor > 0 { close(self.descriptor) } }

    /// The next bytes; none at the end.
    ///
    /// - Throws: a `CancellationError` at once when cancelled, though the thread that reads may
    ///   stay in its system call; a ``CommandFailure`` if it can't be read.
    func read(upTo byteCount: Int) async throws -> [UInt8] {
        let answer = Answer()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.await(continuation)
                self.queue.async {
                    // The closure keeps the descriptor open for as long as it reads.
                    answer.give(Result { try self.readNow(upTo: byteCount) })
                }
            }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    private func readNow(upTo byteCount: Int) throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: byteCount)
        while true {
            let count = Glibc.read(self.descriptor, &chunk, byteCount)
            if count >= 0 { return Array(chunk[..<count]) }
            guard errno == EINTR else {
                throw CommandFailure.invalidRequest("Can't read the input: \(Errno.text).")
            }
        }
    }

    /// Passes on whichever comes first, the bytes or the cancellation.
    private final class Answer: Sendable {
        private enum State {
            case none
            case awaited(CheckedContinuation<[UInt8], any Error>)
            case given(Result<[UInt8], any Error>)
            case passedOn
        }

        private let state = Mutex(State.none)

        func await(_ continuation: CheckedContinuation<[UInt8], any Error>) {
            let early = self.state.withLock { state -> Result<[UInt8], any Error>? in
                guard case .given(let result) = state else {
                    state = .awaited(continuation)
                    return nil
                }
                state = .passedOn
                return result
            }
            if let early { continuation.resume(with: early) }
        }

        func give(_ result: Result<[UInt8], any Error>) {
            let continuation = self.state.withLock {
                state -> CheckedContinuation<[UInt8], any Error>? in
                switch state {
                case .none: state = .given(result)
                case .awaited(let continuation):
                    state = .passedOn
                    return continuation
                case .given, .passedOn: break
                }
                return nil
            }
            continuation?.resume(with: result)
        }
    }
}
