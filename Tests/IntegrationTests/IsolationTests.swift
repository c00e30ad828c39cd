import ConversationsAPI
import Foundation
import IdentityAPI
import NIOCore
import RPC
import StewardTestSupport
import Testing
import Wire

@Suite("One person's things are closed to another")
struct IsolationTests {
    @Test(
        "No method lets one person read, list, search, watch or change another's things",
        arguments: ["identity", "conversations"]
    )
    func methodMatrix(service: String) async throws {
        let installation = try await Installation.shared()
        let client = installation.client(service)
        let methods = try await client.call(ListMethods()).methods.map(\.name)
        #expect(methods.count > 10)
        let victim = try await Victim.make(try await installation.newPerson())
        let state = try await victim.state()
        var attacker = try await installation.newPerson()
        var tried = 0
        for name in methods {
            let description = try await client.call(DescribeMethod(method: name))
            for isComplete in [false, true] {
                // Some methods of identity end the session that they are called with.
                if service == "identity" { attacker = try await attacker.signInAgain() }
                try await Self.attack(victim, by: attacker, description, isComplete: isComplete)
                #expect(try await victim.state() == state, "\(name) changed another's things")
                tried += 1
            }
        }
        print("Isolation: \(tried) requests over \(methods.count) methods of \(service).")
    }

    @Test("The same requests, made by the owner, do reach the things that they name")
    func requestsAreMeaningful() async throws {
        let installation = try await Installation.shared()
        let client = installation.client("conversations")
        let person = try await installation.newPerson()
        var reached: [String] = []
        for name in try await client.call(ListMethods()).methods.map(\.name) {
            let description = try await client.call(DescribeMethod(method: name))
            guard RequestGenerator.namesThings(description.request) else { continue }
            // Some methods want something to do beside the thing to do it to.
            var errors: [RPCError] = []
            for isComplete in [false, true] {
                let victim = try await Victim.make(person)
                let answer = try await Self.send(
                    description,
                    victim.generator(isComplete: isComplete),
                    victim.person
                )
                if let error = answer.error { errors.append(error) }
                if victim.isRevealed(by: answer.bytes) { reached.append(name) }
            }
            #expect(errors.count < 2, "\(name): \(errors)")
        }
        #expect(
            Set(reached).isSuperset(of: [
                "conversations.GetConversation", "conversations.ListMessages",
                "conversations.GetMessage", "conversations.WatchConversation",
                "conversations.ExportConversations", "conversations.AppendMessage",
            ])
        )
    }

    private static func attack(
        _ victim: Victim,
        by attacker: Person,
        _ method: MethodDescription,
        isComplete: Bool
    ) async throws {
        let answer = try await Self.send(
            method,
            victim.generator(isComplete: isComplete),
            attacker
        )
        #expect(
            !victim.isRevealed(by: answer.bytes),
            "\(method.name) revealed another's things"
        )
        guard RequestGenerator.namesThings(method.request) else { return }
        let codes: [RPCErrorCode] = [.notFound, .permissionDenied, .invalidArgument]
        let isRefused = answer.error.map { codes.contains($0.code) } ?? answer.bytes.isEmpty
        #expect(isRefused || answer.isEmptyList, "\(method.name) answered \(answer)")
    }

    /// Makes a call and gathers all that comes back; a stream that waits is given up.
    private static func send(
        _ method: MethodDescription,
        _ generator: RequestGenerator,
        _ person: Person
    ) async throws -> Answer {
        let service = String(method.name.split(separator: ".")[0])
        let name = service == "rpc" ? "conversations" : service
        let takesInputs = method.input != nil
        var answer = Answer()
        do {
            var options = person.options
            options.timeout = method.shape == .unary ? .seconds(20) : .milliseconds(700)
            let call = try await person.installation.client(name).open(
                method: method.name,
                options: options,
                request: generator.request(method.request),
                endsSending: !takesInputs
            )
            if let input = method.input {
                try await call.send(generator.request(input))
                call.finishSending()
            }
            while let message = try await call.next() {
                answer.bytes += Array(message.readableBytesView)
            }
        } catch let error as RPCError where error.code != .deadlineExceeded {
            answer.error = error
        } catch is RPCError {
            // The stream had nothing more to say for now.
        }
        return answer
    }
}

/// What came back from a call.
private struct Answer: CustomStringConvertible {
    var bytes: [UInt8] = []
    var error: RPCError?

    /// Whether it is a message whose lists are all empty, as for a search that finds nothing.
    var isEmptyList: Bool {
        guard let value = try? CBORValue(decoding: ByteBuffer(bytes: self.bytes)),
            let fields = value.mapValue
        else { return false }
        return fields.allSatisfy { ($0.value.arrayValue ?? []).isEmpty }
    }

    var description: String {
        let value = try? CBORValue(decoding: ByteBuffer(bytes: self.bytes))
        return self.error?.description ?? value?.diagnostic ?? "\(self.bytes.count) bytes"
    }
}

/// Somebody with a conversation, whose things others try to reach.
private struct Victim {
    let person: Person
    let target: RequestGenerator.Target

    /// Gives a person a conversation with a message.
    static func make(_ person: Person) async throws -> Victim {
        let word = "secret" + UUID().uuidString.prefix(8).lowercased()
        let conversation = try await person.call(CreateConversation(title: "About \(word)"))
        let stored = try await person.call(
            AppendMessage(conversationID: conversation.id, role: .user, text: "It is \(word).")
        )
        return Victim(
            person: person,
            target: .init(
                user: person.id,
                session: person.session.sessionID,
                conversation: conversation.id,
                message: stored.message.id,
                word: word
            )
        )
    }

    func generator(isComplete: Bool) -> RequestGenerator {
        RequestGenerator(target: self.target, isComplete: isComplete)
    }

    /// Whether an answer contains anything that only the victim may know.
    func isRevealed(by bytes: [UInt8]) -> Bool {
        let needles = [
            Array(self.target.word.utf8), Array(self.person.email.utf8),
            self.target.message.bytes, self.target.session.bytes,
            Array("It is ".utf8),
        ]
        return needles.contains { bytes.firstRange(of: $0) != nil }
    }

    /// All that the victim has, as it sees it.
    func state() async throws -> [String] {
        let messages = try await self.person.call(
            ListMessages(conversationID: self.target.conversation, scope: .tree)
        )
        let conversations = try await self.person.call(ListConversations())
        let me = try await self.person.call(GetMe()).user
        let sessions = try await self.person.call(ListSessions()).sessions.map(\.id)
        return [
            "\(messages)", "\(conversations)", "\(me.email)", "\(me.displayName)",
            "\(me.isActive)", "\(me.version)", "\(sessions)",
        ]
    }
}
