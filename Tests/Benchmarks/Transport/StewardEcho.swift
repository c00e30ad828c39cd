import BenchmarkSupport
import Foundation
import Logging
import RPC

/// `rpc.Echo` through Steward's whole stack: metadata, deadline, access rule, credit.
enum StewardEcho {
    /// Answers on a socket until the process is ended.
    static func serve(path: String) async throws {
        let server = RPCServer(
            service: "benchmark",
            build: "1",
            methods: MethodTable(),
            authorizer: OpenAuthorizer(),
            health: { [] },
            peerNames: { _ in [] },
            logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        )
        try await server.listen(descriptor: try UnixSocket.listen(path))
        try await Task.sleep(for: .seconds(86_400))
    }

    static func measure(path: String, _ load: Load) async throws -> Rate {
        let client = RPCClient([.unix(path: path)], name: "benchmark")
        let request = Echo(body: Data(repeating: 7, count: load.byteCount))
        let rate = try await load.run(on: client.taskExecutor) { _ in
            _ = try await client.call(request)
        }
        await client.close()
        return rate
    }
}
