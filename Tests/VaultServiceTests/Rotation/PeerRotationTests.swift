import AuditAPI
import Foundation
import Locks
import RPC
import Testing
import VaultAPI

@testable import VaultService

@Suite struct PeerRotationTests {
    @Test func `a peer makes a value, and it is current once it was set and confirmed`()
        async throws
    {
        let peer = try await TestPeer.start()
        let instance = try await TestInstance(try await TestStore(), makers: peer.makers())
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .peer, "mailer")
        peer.answer(.make) { task in
            try instance.sealed("new", for: secret, version: task.version, by: "peer:mailer")
        }
        try await instance.makeDue(secret.id)
        await instance.service.rotating.round()
        #expect(try await ann.get(secret.id) == "new")
        #expect(peer.steps == [.make, .set, .confirm])
        #expect(peer.tasks.map(\.pendingVersion) == [nil, 2, 2])
        #expect(peer.tasks.allSatisfy { $0.version == 2 && $0.currentVersion == 1 })
        let version = try await ann.call(ListSecretVersions(secretID: secret.id)).versions[0]
        #expect(version.producer == "peer:mailer")
        await instance.service.rotating.round()
        #expect(peer.steps.count == 3)
        await instance.stop()
        await peer.stop()
    }

    @Test(arguments: [RotationStep.make, .set, .confirm])
    func `a peer that refuses a step leaves the value as it is, and the next attempt goes on`(
        step: RotationStep
    ) async throws {
        let peer = try await TestPeer.start()
        let instance = try await TestInstance(try await TestStore(), makers: peer.makers())
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .peer, "mailer")
        let value = try instance.sealed("new", for: secret, version: 2, by: "peer:mailer")
        peer.answer(.make) { _ in value }
        peer.answer(step) { _ in
            throw RPCError(.unavailable, reason: "mailer.away", message: "Not now.")
        }
        let request = RotateSecret(secretID: secret.id, expectedVersion: 1)
        let refusal = try await ann.refusal(of: request)
        #expect(refusal?.reason == "vault.rotation_failed")
        #expect(refusal?.message.contains("mailer.away") == true)
        #expect(refusal?.details["step"] == step.rawValue)
        #expect(try await ann.get(secret.id) == "old")
        peer.answer(step) { _ in value }
        _ = try await ann.call(request)
        #expect(try await ann.get(secret.id) == "new")
        #expect(peer.steps.filter { $0 == .make }.count == (step == .make ? 2 : 1))
        let events = try await instance.store.events().filter { $0.action == .secretRotated }
        #expect(events.map(\.outcome) == [.failed, .succeeded])
        await instance.stop()
        await peer.stop()
    }

    @Test func `a peer that hangs, is away or is not set up is no peer to wait for`()
        async throws
    {
        let peer = try await TestPeer.start()
        let instance = try await TestInstance(
            try await TestStore(), makers: peer.makers(patience: .milliseconds(300)))
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .peer, "mailer")
        peer.answer(.make) { _ in
            try await Task.sleep(for: .seconds(1_000))
            throw CancellationError()
        }
        let request = RotateSecret(secretID: secret.id, expectedVersion: 1)
        #expect(
            try await ann.refusal(of: request)?.message.contains("it took too long") == true)
        await peer.stop()
        #expect(try await ann.refusal(of: request)?.reason == "vault.rotation_failed")
        #expect(try await ann.get(secret.id) == "old")
        let unknown = try await ann.refusal(
            of: CreateSecret(
                name: "s", type: .apiKey, rotationMethod: .peer,
                rotationConfiguration: .object(["peer": .string("stranger")])))
        #expect(unknown?.reason == "vault.field_invalid")
        await instance.stop()
    }

    @Test func `a value that its peer cannot use goes`() async throws {
        let peer = try await TestPeer.start()
        let instance = try await TestInstance(try await TestStore(), makers: peer.makers())
        let ann = instance.person("vault:manage")
        let secret = try await ann.rotated(by: .peer, "mailer")
        let value = try instance.sealed("new", for: secret, version: 2, by: "peer:mailer")
        peer.answer(.make) { _ in value }
        peer.answer(.confirm) { _ in
            throw RPCError(.aborted, reason: "rotation.value_refused", message: "Another one.")
        }
        _ = try await ann.refusal(of: RotateSecret(secretID: secret.id, expectedVersion: 1))
        let after = try await ann.call(DescribeSecret(secretID: secret.id))
        #expect(after.pendingVersion == nil && after.deletedVersions == [2])
        #expect(after.currentVersion == 1)
        await instance.stop()
        await peer.stop()
    }
}

/// A service that offers the methods `rotation.*`.
private final class TestPeer: Sendable {
    typealias Answer = @Sendable (RotationTask) async throws -> SealedSecretValue

    private struct State {
        var taken: [(step: RotationStep, task: RotationTask)] = []
        var answers: [RotationStep: Answer] = [:]
    }

    private let state: SharedState
    private let server: RPCServer
    private let path: String

    private final class SharedState: Sendable {
        let state = Mutex(State())

        func take(_ step: RotationStep, _ task: RotationTask) async throws -> SealedSecretValue {
            let answer = self.state.withLock { state in
                state.taken.append((step, task))
                return state.answers[step]
            }
            if let answer { return try await answer(task) }
            return SealedSecretValue(
                suite: 1, sealedKey: Data(), keyID: Data(), ciphertext: Data(),
                commitment: Data())
        }
    }

    private init(_ state: SharedState, _ server: RPCServer, _ path: String) {
        self.state = state
        self.server = server
        self.path = path
    }

    static func start() async throws -> TestPeer {
        let state = SharedState()
        var methods = MethodTable()
        methods.register(MakeValue.self) { request, _ in
            try await state.take(.make, request.task)
        }
        methods.register(SetValue.self) { request, _ in
            _ = try await state.take(.set, request.task)
            return Empty()
        }
        methods.register(ConfirmValue.self) { request, _ in
            _ = try await state.take(.confirm, request.task)
            return Empty()
        }
        let server = RPCServer(
            service: "rotation", build: "test", methods: methods, authorizer: TokenIsPerson(),
            health: { [] }, peerNames: { _ in ["vault"] }, logger: .silent)
        let path = "/tmp/steward-peer-\(UUID().uuidString.prefix(13)).sock"
        try await server.listen(descriptor: try TestInstance.listen(at: path))
        return TestPeer(state, server, path)
    }

    func makers(patience: Duration = .seconds(30)) -> RotationMakers {
        RotationMakers(
            peers: ["mailer": RPCClient([.unix(path: self.path)], name: "vault")],
            patience: patience)
    }

    func answer(_ step: RotationStep, _ answer: @escaping Answer) {
        self.state.state.withLock { $0.answers[step] = answer }
    }

    var steps: [RotationStep] { self.state.state.withLock { $0.taken.map(\.step) } }
    var tasks: [RotationTask] { self.state.state.withLock { $0.taken.map(\.task) } }

    func stop() async {
        await self.server.drain(grace: .zero)
        unlink(self.path)
    }
}
