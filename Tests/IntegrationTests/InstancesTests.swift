import ConversationsAPI
import Foundation
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing

@Suite("Two instances of a service")
struct InstancesTests {
    @Test("A watch on one instance sees what happens on the other, in order and without gaps")
    func watchAcrossInstances() async throws {
        let installation = try await Installation.shared()
        let second = try await SecondInstance.start(installation)
        let person = try await installation.newPerson()
        let conversation = try await person.call(CreateConversation())
        let stream = try await second.client.stream(
            WatchConversation(conversationID: conversation.id),
            options: person.options
        )
        var events = stream.makeAsyncIterator()
        #expect(try await events.next()?.kind == .created)
        for number in 0..<50 {
            let text = "message \(number)"
            let append = AppendMessage(conversationID: conversation.id, role: .user, text: text)
            // In turn through the one instance and the other.
            _ =
                number.isMultiple(of: 2)
                ? try await person.call(append)
                : try await second.client.call(append, options: person.options)
            let event = try await events.next()
            #expect(event?.position == Int64(number + 2))
            #expect(event?.message?.text == text)
        }
        stream.cancel()
        try await second.stop()
    }
}

/// A second conversations service on the same database, with a socket of its own.
private struct SecondInstance {
    let client: RPCClient
    private let process: ChildProcess
    private let directory: URL

    static func start(_ installation: Installation) async throws -> SecondInstance {
        let words = try await installation.userOf("conversations")
        let directory = installation.directory.appendingPathComponent("second")
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o777]
        )
        // The umask cut the mode above.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777],
            ofItemAtPath: directory.path
        )
        let configuration = installation.directory
            .appendingPathComponent("etc/conversations.conf").path
        let identity = installation.runtimeDirectory.appendingPathComponent("identity.sock").path
        let process = try ChildProcess.start(
            "/usr/bin/env",
            words + [
                "STEWARD_CONFIGURATION_FILE=\(configuration)",
                "STEWARD_RUNTIME_DIRECTORY=\(directory.path)",
                "STEWARD_PEER_IDENTITY=unix:\(identity)",
                installation.directory.appendingPathComponent("bin/steward-conversations").path,
                "serve",
            ]
        )
        let socket = directory.appendingPathComponent("conversations.sock").path
        let client = RPCClient([.unix(path: socket)], name: "tests")
        try await eventually("the second instance is ready") {
            do {
                return try await client.call(CheckHealth()).isReady
            } catch is RPCError {
                return false
            }
        }
        return SecondInstance(client: client, process: process, directory: directory)
    }

    func stop() async throws {
        await self.client.close()
        self.process.send(signal: SIGTERM)
        try await eventually("the second instance ended", within: .seconds(30)) {
            !self.process.isRunning
        }
        #expect(await self.process.status() == 0)
        try FileManager.default.removeItem(at: self.directory)
    }
}
