import Locks
import NIOCore
import NIOPosix

import struct FoundationEssentials.UUID

/// Keeps one connection to a service, and makes a new one when it is lost.
///
/// Reconnects wait a random time, from the first attempt on, so that the clients of a service that
/// restarts do not all come back in the same instant.
final class Connector: Sendable {
    private struct State {
        var current: ClientConnection?
        var attempt: Task<ClientConnection, any Error>?
        var failureCount = 0
        var isReconnect = false
        var nextAddress: Int
        var isClosed = false
    }

    /// How long a call without a deadline of its own waits for a connection.
    private static let patience = Duration.seconds(10)
    private static let connectTimeout = Duration.seconds(5)

    let limits: ProtocolLimits
    /// Where all its connections live.
    let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    private let addresses: [RPCAddress]
    private let software: String
    private let instance = UUID()
    private let counters = ConnectionCounters()
    private let state: Mutex<State>

    /// Whether the service was there before, so that it is likely to come back.
    var wasConnected: Bool { self.state.withLock { $0.isReconnect } }

    init(addresses: [RPCAddress], software: String, limits: ProtocolLimits) {
        self.addresses = addresses
        self.software = software
        self.limits = limits
        self.state = Mutex(State(nextAddress: addresses.indices.randomElement() ?? 0))
    }

    deinit { self.state.withLock { $0.current }?.close() }

    /// The connection to use for a call.
    ///
    /// - Throws: the ``RPCError`` of the last attempt, after every address was tried once, or when
    ///   the deadline passes first.
    func connection(until deadline: ContinuousClock.Instant?) async throws -> ClientConnection {
        let way = try self.state.withLock { state -> Way in
            if state.isClosed { throw RPCError.notConnected }
            if let current = state.current { return .connected(current) }
            if let attempt = state.attempt { return .connecting(attempt) }
            let attempt = Task { try await self.connect() }
            state.attempt = attempt
            return .connecting(attempt)
        }
        switch way {
        case .connected(let connection): return connection
        case .connecting(let attempt):
            let limit = deadline ?? ContinuousClock.now + Self.patience
            return try await Self.value(of: attempt, until: limit)
        }
    }

    private enum Way {
        case connected(ClientConnection)
        case connecting(Task<ClientConnection, any Error>)
    }

    func close() async {
        let (current, attempt) = self.state.withLock { state in
            state.isClosed = true
            defer { (state.current, state.attempt) = (nil, nil) }
            return (state.current, state.attempt)
        }
        attempt?.cancel()
        current?.close()
    }

    /// Tries each address once.
    private func connect() async throws -> ClientConnection {
        var failure = RPCError.notConnected
        for _ in self.addresses.indices {
            let (index, delay) = self.state.withLock { state in
                defer { state.nextAddress = (state.nextAddress + 1) % self.addresses.count }
                return (state.nextAddress, self.delay(state))
            }
            // Cancelled by close(), which the next lock notices.
            if delay > .zero { try? await Task.sleep(for: delay) }
            do {
                let connection = try await ClientConnection.connect(
                    to: self.addresses[index], on: self.eventLoop, limits: self.limits,
                    software: self.software, instance: self.instance,
                    counters: self.counters,
                    timeout: Self.connectTimeout
                ) { [weak self] in self?.lost($0) }
                let isClosed = self.state.withLock { state in
                    state.attempt = nil
                    state.failureCount = 0
                    state.isReconnect = true
                    state.current = state.isClosed ? nil : connection
                    // The next loss begins with another address only if this one fails.
                    state.nextAddress = index
                    return state.isClosed
                }
                guard !isClosed else {
                    connection.close()
                    throw RPCError.notConnected
                }
                return connection
            } catch {
                failure = error as? RPCError ?? RPCError(cannotReach: self.addresses[index], error)
                self.state.withLock { $0.failureCount += 1 }
            }
        }
        self.state.withLock { $0.attempt = nil }
        throw failure
    }

    /// Full jitter from the first reconnect on; a client's very first attempt goes out at once.
    private func delay(_ state: State) -> Duration {
        guard state.isReconnect || state.failureCount > 0 else { return .zero }
        let ceiling = min(2_000.0, 50.0 * Double(1 << min(state.failureCount, 8)))
        return .microseconds(Int64(Double.random(in: 0...ceiling) * 1_000))
    }

    private func lost(_ connection: ClientConnection) {
        self.state.withLock { state in
            if state.current === connection { state.current = nil }
        }
    }

    private static func value(
        of attempt: Task<ClientConnection, any Error>, until deadline: ContinuousClock.Instant
    ) async throws -> ClientConnection {
        try await withThrowingTaskGroup(of: ClientConnection?.self) { group in
            group.addTask {
                let gate = CancellableWait()
                return try await gate.value(of: attempt)
            }
            group.addTask {
                try await Task.sleep(until: deadline)
                return nil
            }
            defer { group.cancelAll() }
            do {
                guard let first = try await group.next(), let connection = first else {
                    throw RPCError.tooLate
                }
                return connection
            } catch is CancellationError {
                throw RPCError.cancelledByCaller
            }
        }
    }
}

/// Waits for a task that others wait for too, and stops waiting when cancelled.
private final class CancellableWait: Sendable {
    private struct State {
        var continuation: CheckedContinuation<ClientConnection, any Error>?
        var isOver = false
    }

    private let state = Mutex(State())

    func value(of task: Task<ClientConnection, any Error>) async throws -> ClientConnection {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if !state.isOver { state.continuation = continuation }
                    return state.isOver
                }
                if isOver { return continuation.resume(throwing: CancellationError()) }
                Task { self.finish(await task.result) }
            }
        } onCancel: {
            self.finish(.failure(CancellationError()))
        }
    }

    private func finish(_ result: Result<ClientConnection, any Error>) {
        let continuation = self.state.withLock { state in
            state.isOver = true
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }
}
