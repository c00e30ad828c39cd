import Dispatch
import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import RPC

/// A server, a null sink or a reader in a process of its own, for tests that measure one side
/// without the other or that stop a whole process.
@main
enum RPCTestServer {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let role = arguments.first, let path = arguments.dropFirst().first else {
            print("RPCTestServer serve|sink|read PATH [DESCRIPTORS]")
            exit(64)
        }
        if let limit = arguments.dropFirst(2).first.flatMap(UInt.init) {
            var bound = rlimit(rlim_cur: limit, rlim_max: limit)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &bound)
        }
        Self.endWithParent()
        switch role {
        case "serve": try await Self.serve(path)
        case "sink": try await Self.sink(path)
        default: try await Self.read(path)
        }
    }

    /// No such process outlives the tests, however they end.
    private static func endWithParent() {
        let parent = getppid()
        Thread.detachNewThread {
            while getppid() == parent { sleep(1) }
            exit(1)
        }
    }

    /// Answers until SIGTERM, and then drains.
    private static func serve(_ path: String) async throws {
        let counts = Counts()
        var methods = MethodTable()
        methods.register(ReadCounts.self) { _, _ in await counts.reply() }
        methods.register(Linger.self) { request, _ in
            try await Task.sleep(for: .milliseconds(request.milliseconds))
            return Linger.Reply(process: getpid())
        }
        methods.register(Hang.self) { _, _ in
            try await Task.sleep(for: .seconds(600))
            return Empty()
        }
        methods.register(Pour.self) { request, outbound, _ in
            let element = Pour.Element(bytes: [UInt8](repeating: 7, count: request.byteCount))
            while true { try await outbound.send(element) }
        }
        let server = RPCServer(
            service: "test", build: "1.0", methods: methods, authorizer: OpenAuthorizer(),
            health: { [] }, peerNames: { _ in [] },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        await counts.watch(server)

        signal(SIGTERM, SIG_IGN)
        let (terminations, continuation) = AsyncStream<Void>.makeStream()
        let source = DispatchSource.makeSignalSource(signal: SIGTERM)
        source.setEventHandler { continuation.yield() }
        source.resume()
        try await server.listen(descriptor: try Self.listen(at: path))
        for await _ in terminations { break }
        source.cancel()
        await server.drain(grace: .seconds(20))
        exit(0)
    }

    /// Reads and drops what comes.
    private static func sink(_ path: String) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .withBoundSocket(try Self.listen(at: path)).get()
        try await channel.closeFuture.get()
    }

    /// Reads a stream without end, until somebody stops the process.
    private static func read(_ path: String) async throws {
        let client = RPCClient([.unix(path: path)], name: "reader")
        for try await _ in try await client.stream(Pour(byteCount: 16_384)) {}
    }

    private static func listen(at path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        unlink(path)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, Glibc.listen(descriptor, 1_024) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        return descriptor
    }
}

/// The server's counters, which exist only after its methods.
private actor Counts {
    private var server: RPCServer?

    func watch(_ server: RPCServer) { self.server = server }

    func reply() -> ReadCounts.Reply {
        ReadCounts.Reply(
            refusals: self.server?.counters.refusalsByReason ?? [:],
            connections: self.server?.connectionCount ?? 0,
            heldByteCount: self.server?.heldByteCount ?? 0)
    }
}
