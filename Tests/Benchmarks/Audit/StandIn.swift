import ArgumentParser
import AuditAPI
import BenchmarkSupport
import Foundation
import Logging
import RPC

/// Answers producers as the log does and keeps nothing, so that what the outbox and its relay cost
/// is measured without the log's own work on the same processors.
struct StandIn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stand-in", abstract: "Answers producers in the log's place, keeping nothing.",
        discussion: """
            For a Steward that is made for the measurement: its services believe that the log has \
            what it never had.  Put a program in the place of steward-audit that runs this for \
            "serve" and the real one for everything else, before deploy/up makes the installation.
            """)

    @Option(help: "The socket that the audit log would listen on.") var socket: String

    func run() async throws {
        var methods = MethodTable()
        let positions = Positions()
        methods.register(AppendEntries.self) { request, _ in await positions.append(request) }
        let server = RPCServer(
            service: "audit", build: "stand-in", methods: methods, authorizer: OpenAuthorizer(),
            health: { [] },
            // Whoever may open the socket is taken for every producer.
            peerNames: { _ in ["identity", "conversations", "vault"] },
            logger: Logger(label: "stand-in") { _ in SwiftLogNoOpLogHandler() })
        try await server.listen(descriptor: try UnixSocket.listen(self.socket))
        try await Task.sleep(for: .seconds(86_400))
    }

    /// How far each producer's events have come.
    private actor Positions {
        private var known: [String: AppendedEntries] = [:]

        func append(_ request: AppendEntries) -> AppendedEntries {
            let before = self.known[request.producer]?.durableSequence ?? 0
            let last = request.entries.last?.sequence ?? before
            let reply = AppendedEntries(
                epoch: request.epoch, durableSequence: last, checkpointedSequence: last,
                treeSize: last)
            self.known[request.producer] = reply
            return reply
        }
    }
}
