internal import Locks
package import Logging
internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
internal import Glibc
#endif

/// How a server treats connections.
package struct RPCServerConfiguration: Sendable {
    /// The bounds of each connection.
    package var limits = ProtocolLimits()
    /// Connections in all; more are closed at once.
    package var connectionCount = 4_096
    /// Connections of one uid, so that no one user takes them all.
    package var connectionCountPerUID = 2_048
    /// Bytes that all peers together may make the server keep.
    package var heldByteCount = 256 * 1_024 * 1_024

    /// The defaults.
    package init() {}
}

/// Answers calls on any number of listening sockets.
package final class RPCServer: Sendable {
    private struct State {
        var listeners: [any Channel] = []
        var connections: [ObjectIdentifier: (channel: any Channel, handler: ConnectionHandler)] =
            [:]
        var countByUID: [UInt32: Int] = [:]
        var isDraining = false
        var whenEmpty: CheckedContinuation<Void, Never>?
    }

    private let core: ServerCore
    private let configuration: RPCServerConfiguration
    /// What all connections keep for their peers.
    private let memory: MemoryBudget
    private let peerNames: @Sendable (UInt32) -> Set<String>
    private let state = Mutex(State())
    private let group: MultiThreadedEventLoopGroup
    /// What is counted over all connections.
    package let counters: ConnectionCounters
    private let facts: ServerFacts
    private let database: @Sendable () -> DatabaseFigures?

    /// Makes a server; it answers once `listen` was called.
    ///
    /// - Parameters:
    ///   - service: the service's name, the prefix of its methods.
    ///   - build: its version.
    ///   - methods: what it answers, beside the methods that every service has.
    ///   - authorizer: decides about each call.
    ///   - health: asks the service's dependencies.
    ///   - database: what `rpc.Statistics` tells of the database's connections.
    ///   - peerNames: maps the uid of a peer to service and operator names.
    package init(
        service: String,
        build: String,
        configuration: RPCServerConfiguration = .init(),
        methods: MethodTable,
        authorizer: any CallAuthorizer,
        health: @escaping @Sendable () async -> [DependencyHealth],
        database: @escaping @Sendable () -> DatabaseFigures? = { nil },
        peerNames: @escaping @Sendable (_ uid: UInt32) -> Set<String>,
        logger: Logger
    ) {
        let facts = ServerFacts(service: service, build: build, counters: ConnectionCounters())
        var table = methods
        let calls = table.registerBuiltIns(facts, health: health, database: database)
        self.core = ServerCore(
            service: service, build: build, instance: facts.instance, methods: table, calls: calls,
            authorizer: authorizer, logger: logger)
        self.counters = facts.counters
        self.facts = facts
        self.database = database
        self.configuration = configuration
        self.memory = MemoryBudget(configuration.heldByteCount)
        self.peerNames = peerNames
        self.group = .singleton
    }

    /// What `rpc.Statistics` answers.
    package var statistics: ReadStatistics.Reply {
        self.facts.statistics(self.core.calls, database: self.database())
    }

    /// The times of the calls of each method that was called, since the start.
    package var latencies: [String: LatencyHistogram] { self.core.calls.histograms }

    /// Open connections.
    package var connectionCount: Int { self.state.withLock { $0.connections.count } }

    /// Bytes that peers make the server keep, in portions of 64 KiB.
    package var heldByteCount: Int { self.memory.takenByteCount }

    /// Accepts connections on a socket that is bound and listening; the server owns it from now on.
    package func listen(descriptor: CInt) async throws {
        let channel = try await ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Acceptance(self.counters))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: 128 * 1_024, high: 512 * 1_024)
            )
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 1_024, initial: 2_048, maximum: 65_536)
            )
            .childChannelInitializer { channel in self.accept(channel) }
            .withBoundSocket(descriptor)
            .get()
        self.state.withLock { $0.listeners.append(channel) }
    }

    /// Stops accepting, asks peers to go elsewhere, lets open calls finish and closes.
    ///
    /// - Parameter grace: how long open calls may take; afterwards they are cut off.
    package func drain(grace: Duration) async {
        let (listeners, connections) = self.state.withLock { state in
            state.isDraining = true
            return (state.listeners, Array(state.connections.values))
        }
        for listener in listeners {
            // A listener that is closed already is what we want.
            try? await listener.close()
        }
        for (channel, handler) in connections {
            channel.eventLoop.execute { handler.drain() }
        }
        let cutOff = Task {
            // Cancelled when all connections are gone before.
            try await Task.sleep(for: grace)
            for (channel, _) in self.state.withLock({ Array($0.connections.values) }) {
                channel.close(promise: nil)
            }
        }
        await withCheckedContinuation { continuation in
            let isEmpty = self.state.withLock { state in
                if state.connections.isEmpty { return true }
                state.whenEmpty = continuation
                return false
            }
            if isEmpty { continuation.resume() }
        }
        cutOff.cancel()
    }

    /// Whether every event loop that serves connections still turns.
    package func isResponsive(within timeout: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for loop in self.group.makeIterator() {
                    // A loop that is shut down does not serve.
                    guard (try? await loop.submit({ true }).get()) == true else { return false }
                }
                return true
            }
            group.addTask {
                // Cancelled when the loops answer first.
                try? await Task.sleep(for: timeout)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }

    // MARK: Connections

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let peer = self.identify(channel)
        let id = ObjectIdentifier(channel)
        let role = ServerConnection(server: self.core, peer: peer, eventLoop: channel.eventLoop) {
            self.forget(id, peer)
        }
        let handler = ConnectionHandler(
            role: role, limits: self.configuration.limits, counters: self.counters,
            logger: self.core.logger, memory: self.memory)
        let refusal = self.state.withLock { state -> String? in
            guard !state.isDraining else { return "draining" }
            guard state.connections.count < self.configuration.connectionCount else {
                return "too_many_connections"
            }
            if let uid = peer.uid {
                guard state.countByUID[uid, default: 0] < self.configuration.connectionCountPerUID
                else { return "too_many_connections_of_uid" }
                state.countByUID[uid, default: 0] += 1
            }
            state.connections[id] = (channel, handler)
            return nil
        }
        if let refusal {
            self.counters.refused(refusal)
            return channel.close()
        }
        self.counters.connectionOpened()
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(handler)
        }
    }

    private func forget(_ id: ObjectIdentifier, _ peer: Peer) {
        let waiter = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.connections.removeValue(forKey: id) != nil else { return nil }
            self.counters.connectionClosed()
            if let uid = peer.uid {
                let count = state.countByUID[uid, default: 1] - 1
                state.countByUID[uid] = count > 0 ? count : nil
            }
            guard state.connections.isEmpty else { return nil }
            defer { state.whenEmpty = nil }
            return state.whenEmpty
        }
        waiter?.resume()
    }

    /// Asks the kernel who connected.
    private func identify(_ channel: any Channel) -> Peer {
        guard channel.localAddress?.protocol == .unix,
            let options = channel as? any SocketOptionProvider
        else { return Peer(source: .anonymous) }
        var peer = Peer(source: .anonymous)
        let credentials: EventLoopFuture<PeerCredentials> = options.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        // Completes at once: this runs on the channel's event loop.
        credentials.assumeIsolated().whenSuccess { credentials in
            peer = Peer(
                source: .unixSocket(
                    uid: credentials.uid, gid: credentials.gid, pid: credentials.pid),
                names: self.peerNames(credentials.uid))
        }
        return peer
    }
}

/// The kernel's `struct ucred`, which Glibc's module does not export.
///
/// Source: unix(7), SO_PEERCRED.
private struct PeerCredentials: Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
}
