import BenchmarkSupport
import ConversationsAPI
import Foundation
import IdentityAPI
import RPC

/// Somebody who is signed in, and what they do.
struct Person: Sendable {
    let id: UUID
    private let identity: RPCClient
    private let conversations: RPCClient
    private let identifier: String
    private let password: String

    static func signIn(
        sockets: String, identifier: String, password: String
    ) async throws -> Person {
        let identity = RPCClient([.unix(path: "\(sockets)/identity.sock")], name: "benchmark")
        let signedIn = try await identity.call(
            SignIn(identifier: identifier, password: password))
        return Person(
            id: signedIn.user.id, identity: identity,
            conversations: RPCClient(
                [.unix(path: "\(sockets)/conversations.sock")], name: "benchmark"),
            identifier: identifier, password: password)
    }

    func close() async {
        await self.conversations.close()
        await self.identity.close()
    }

    /// Options with a token that outlives one measurement.
    private func options() async throws -> CallOptions {
        var options = CallOptions()
        options.token = try await self.identity.call(
            SignIn(identifier: self.identifier, password: self.password)
        ).accessToken
        return options
    }

    func makeConversations(_ count: Int) async throws -> [UUID] {
        let options = try await self.options()
        var made: [UUID] = []
        for number in 1...count {
            let conversation = try await self.conversations.call(
                CreateConversation(title: "Benchmark \(number)"), options: options)
            made.append(conversation.id)
        }
        return made
    }

    func delete(_ ids: [UUID]) async throws {
        let options = try await self.options()
        for id in ids {
            _ = try await self.conversations.call(
                DeleteConversation(conversationID: id), options: options)
        }
    }

    /// Each caller reads any of the conversations.
    func read(_ ids: [UUID], _ load: Load) async throws -> Rate {
        let options = try await self.options()
        return try await load.run(on: self.conversations.taskExecutor) { _ in
            guard let id = ids.randomElement() else { return }
            _ = try await self.conversations.call(
                GetConversation(conversationID: id), options: options)
        }
    }

    /// Each caller adds to a conversation of its own.
    func append(to ids: [UUID], _ load: Load) async throws -> Rate {
        let options = try await self.options()
        return try await load.run(on: self.conversations.taskExecutor) { caller in
            _ = try await self.conversations.call(
                AppendMessage(
                    conversationID: ids[caller % ids.count], role: .user, text: Self.text),
                options: options)
        }
    }

    /// A message of 100 bytes.
    static let text = String(repeating: "a short word ", count: 8).prefix(100).description
}
