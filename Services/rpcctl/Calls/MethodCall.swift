import Locks
import NIOCore
import RPC
import Wire

/// One call by reflection, in any of the four shapes, whose results go to standard output.
struct MethodCall {
    let connection: ServiceConnection
    let description: MethodDescription
    let request: CBORValue
    var options: CallOptions
    /// Where the token comes from; `nil` sends none.
    let tokens: TokenSource?

    /// How often a call that was not processed is sent again.
    private static let attemptCount = 3

    /// Whether results arrive one by one.
    var isStream: Bool { self.description.element != nil }

    /// Makes the call.
    ///
    /// - Throws: a ``CommandFailure``, or a `CancellationError` after Ctrl-C.
    mutating func run(input: ElementInput?, printer: inout ResultPrinter) async throws {
        self.options.token = try await self.tokens?.token()
        if self.isStream { printer.output.endProcessWhenReaderLeaves() }
        let start = ContinuousClock.now
        var attempt = 1
        while true {
            var isUntouched = input == nil
            do {
                return try await self.attempt(input, &printer, isUntouched: &isUntouched)
            } catch let error as RPCError {
                let mayRepeat = isUntouched && attempt < Self.attemptCount
                if mayRepeat, try await self.canRepeat(after: error) {
                    attempt += 1
                    continue
                }
                throw self.failure(error, after: start.duration(to: .now))
            }
        }
    }

    /// - Parameter isUntouched: set to false once something was printed.
    private func attempt(
        _ input: ElementInput?, _ printer: inout ResultPrinter, isUntouched: inout Bool
    ) async throws {
        let call = try await self.connection.client.open(
            method: self.description.name, options: self.options, request: self.request.encoded(),
            endsSending: input == nil)
        let pump = InputPump(call: call)
        do {
            try await withThrowingTaskGroup { group in
                if let input { group.addTask { await pump.send(input) } }
                // Once the call is over nobody wants the rest of the input.
                defer { group.cancelAll() }
                while let message = try await Self.next(of: call) {
                    isUntouched = false
                    let value = try Self.decode(message)
                    if self.isStream {
                        try printer.element(value)
                    } else {
                        try printer.reply(value)
                    }
                }
            }
        } catch {
            try Task.checkCancellation()
            // What went wrong with the input is the cause, the ended call its consequence.
            if let failure = pump.failure { throw failure }
            throw error
        }
    }

    private static func next(of call: RawCall) async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await call.next()
        } onCancel: {
            call.cancel()
        }
    }

    /// Whether to send the call again: when nothing was done, or with a fresh token.
    private mutating func canRepeat(after error: RPCError) async throws -> Bool {
        if TokenSource.isRefusal(error.code, error.reason),
            let refused = self.options.token, let tokens
        {
            guard let token = try await tokens.token(insteadOf: refused), token != refused else {
                return false
            }
            self.options.token = token
            return true
        }
        return error.reason == "rpc.draining" && error.retry == .notProcessed
    }

    private func failure(_ error: RPCError, after elapsed: Duration) -> CommandFailure {
        var failure = self.connection.explain(error)
        switch error.code {
        case .deadlineExceeded:
            // The service's clock may run out a moment before ours; only an earlier end is its own.
            guard let timeout = self.options.timeout, elapsed + .milliseconds(5) >= timeout else {
                break
            }
            failure.status = .deadline
            failure.retry = nil
            failure.message = "No answer within \(timeout.readable)."
            failure.hints.append("--timeout gives it longer")
        case .unauthenticated where self.options.token == nil && self.tokens != nil:
            failure.hints.append("rpcctl sign-in")
        case .invalidArgument:
            failure.hints.append("rpcctl describe \(self.description.name)")
        case .permissionDenied:
            failure.hints.append("\(self.description.name) is for: \(self.description.access)")
        default: break
        }
        return failure
    }

    private static func decode(_ message: ByteBuffer) throws -> CBORValue {
        do {
            return try CBORValue(decoding: message)
        } catch {
            throw CommandFailure(
                .protocolFailure, reason: "rpcctl.reply_invalid",
                "The answer is not valid CBOR: \(error).")
        }
    }
}

/// Sends a stream's elements while its results are read.
private final class InputPump: Sendable {
    private let call: RawCall
    private let problem = Mutex<CommandFailure?>(nil)

    init(call: RawCall) { self.call = call }

    /// What was wrong with the input.
    var failure: CommandFailure? { self.problem.withLock { $0 } }

    /// Sends everything there is, and then that there is no more.
    func send(_ input: sending ElementInput) async {
        var input = input
        do {
            while let element = try await input.next() { try await self.call.send(element) }
            self.call.finishSending()
        } catch let failure as CommandFailure {
            self.problem.withLock { $0 = failure }
            self.call.cancel()
        } catch {
            // The call has ended, which its reader hears too.
        }
    }
}
