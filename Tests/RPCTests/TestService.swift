import Foundation
import Glibc
import Locks
import Logging

@testable import RPC

/// Repeats a text, as a reply or as a stream.
struct Repeat: UnaryMethod {
    var text: String
    var count: Int

    struct Reply: Codable, Sendable { var text: String }

    static let contract = MethodContract(
        "test.Repeat", documentation: "Repeats a text.", access: .anyone, repeatability: .readOnly)
    static let fieldDocumentation = ["text": "What to repeat.", "count": "How often."]
}

/// Streams numbers.
struct Count: ServerStreamMethod {
    var upTo: Int
    var padding: Int?

    struct Element: Codable, Sendable {
        var number: Int
        var padding: Data?
    }

    static let contract = MethodContract(
        "test.Count", documentation: "Counts.", access: .anyone, repeatability: .readOnly)
    static let fieldDocumentation = ["upTo": "The last number.", "padding": "Bytes with each."]
}

/// Adds numbers.
struct Sum: ClientStreamMethod {
    struct Input: Codable, Sendable { var number: Int }
    struct Reply: Codable, Sendable {
        var sum: Int
        var count: Int
    }

    static let contract = MethodContract(
        "test.Sum", documentation: "Adds numbers.", access: .anyone, repeatability: .readOnly)
    static let fieldDocumentation: [String: String] = [:]
}

/// Answers each number with its double.
struct Double_: BidirectionalStreamMethod {
    struct Input: Codable, Sendable { var number: Int }
    struct Element: Codable, Sendable { var number: Int }

    static let contract = MethodContract(
        "test.Double", documentation: "Doubles numbers.", access: .anyone, repeatability: .readOnly)
    static let fieldDocumentation: [String: String] = [:]
}

/// Waits until it is cancelled.
struct Hang: UnaryMethod {
    var name: String

    static let contract = MethodContract(
        "test.Hang", documentation: "Waits until it is cancelled.", access: .anyone,
        repeatability: .never)
    static let fieldDocumentation = ["name": "How the test knows the call."]
    typealias Reply = Empty
}

/// Fails as asked.
struct Fail: UnaryMethod {
    var code: UInt8?

    static let contract = MethodContract(
        "test.Fail", documentation: "Fails.", access: .anyone, repeatability: .never,
        unknownFields: .reject)
    static let fieldDocumentation = ["code": "With which code; absent for a defect."]
    typealias Reply = Empty
}

/// Needs a signed-in person.
struct Secret: ServerStreamMethod {
    struct Element: Codable, Sendable { var text: String }

    static let contract = MethodContract(
        "test.Secret", documentation: "For people only.", access: .signedIn,
        repeatability: .readOnly, isEndless: true)
    static let fieldDocumentation: [String: String] = [:]
}

/// What the test service saw, for tests to wait for.
final class Journal: Sendable {
    private struct State {
        var events: [String] = []
        var waiters: [(prefix: String, continuation: CheckedContinuation<String, Never>)] = []
    }
    private let state = Mutex(State())

    func record(_ event: String) {
        let waiters = self.state.withLock { state in
            state.events.append(event)
            let hits = state.waiters.filter { event.hasPrefix($0.prefix) }
            state.waiters.removeAll { event.hasPrefix($0.prefix) }
            return hits
        }
        for waiter in waiters { waiter.continuation.resume(returning: event) }
    }

    /// The first event with a prefix, waiting for it if need be.
    func event(_ prefix: String) async -> String {
        await withCheckedContinuation { continuation in
            let known = self.state.withLock { state -> String? in
                if let known = state.events.first(where: { $0.hasPrefix(prefix) }) { return known }
                state.waiters.append((prefix, continuation))
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    var first: String? { self.state.withLock { $0.events.first } }

    func count(_ prefix: String) -> Int {
        self.state.withLock { $0.events.count { $0.hasPrefix(prefix) } }
    }

    func contains(_ prefix: String) -> Bool {
        self.state.withLock { $0.events.contains { $0.hasPrefix(prefix) } }
    }
}

/// A server of the test methods on a socket of its own.
final class TestService: Sendable {
    let path: String
    let server: RPCServer
    let journal: Journal
    let sent = Atomic<Int>(0)

    init(
        path: String? = nil, authorizer: any CallAuthorizer = OpenAuthorizer(),
        configuration: RPCServerConfiguration = .init(), peerNames: Set<String> = ["operator"],
        database: DatabaseFigures? = nil
    ) async throws {
        let journal = Journal()
        self.journal = journal
        self.path = path ?? TestService.temporaryPath()
        let sent = SendCounter()
        self.counter = sent
        var methods = MethodTable()
        methods.register(Repeat.self) { request, context in
            journal.record("repeat \(request.text.prefix(20))")
            journal.record("peer \(context.peer)")
            return Repeat.Reply(
                text: String(repeating: request.text, count: request.count))
        }
        methods.register(Count.self) { request, outbound, _ in
            defer { journal.record("count ended") }
            for number in 0...request.upTo {
                try await outbound.send(
                    Count.Element(
                        number: number, padding: request.padding.map { Data(count: $0) }))
                sent.value.wrappingAdd(1, ordering: .relaxed)
            }
        }
        methods.register(Sum.self) { _, inputs, _ in
            defer { journal.record("sum ended") }
            var reply = Sum.Reply(sum: 0, count: 0)
            for try await input in inputs {
                reply.sum += input.number
                reply.count += 1
            }
            return reply
        }
        methods.register(Double_.self) { _, inputs, outbound, _ in
            for try await input in inputs {
                try await outbound.send(Double_.Element(number: input.number * 2))
            }
        }
        methods.register(Hang.self) { request, _ in
            journal.record("hang began \(request.name)")
            defer { journal.record("hang ended \(request.name)") }
            try await Task.sleep(for: .seconds(600))
            return Empty()
        }
        methods.register(Fail.self) { request, _ in
            guard let code = request.code else { throw CocoaError(.fileNoSuchFile) }
            throw RPCError(
                RPCErrorCode(rawValue: code), reason: "test.failed", message: "As you wish.",
                details: ["why": "test"])
        }
        methods.register(Secret.self) { _, outbound, context in
            journal.record("secret for \(try context.requireCaller().userID)")
            defer { journal.record("secret ended") }
            try await outbound.send(Secret.Element(text: "secret"))
            try await Task.sleep(for: .seconds(600))
        }
        self.server = RPCServer(
            service: "test", build: "1.0", configuration: configuration, methods: methods,
            authorizer: authorizer, health: { [DependencyHealth(name: "nothing", isReady: true)] },
            database: { database }, peerNames: { _ in peerNames },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await self.server.listen(descriptor: try Self.listen(at: self.path))
    }

    let counter: SendCounter

    func client() -> RPCClient { RPCClient([.unix(path: self.path)], name: "test") }

    static func temporaryPath() -> String {
        "/tmp/steward-rpc-\(UUID().uuidString.prefix(13)).sock"
    }

    static func listen(at path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        unlink(path)
        let result = Self.withAddress(path) { bind(descriptor, $0, $1) }
        guard result == 0, Glibc.listen(descriptor, 128) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        return descriptor
    }

    static func withAddress<T>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T
    ) -> T {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// How many elements the counting handler was allowed to send.
final class SendCounter: Sendable {
    let value = Atomic<Int>(0)
}
