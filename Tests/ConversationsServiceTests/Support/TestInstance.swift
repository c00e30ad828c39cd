import ConversationsAPI
import Foundation
import Glibc
import Locks
import Logging
import Postgres
import PostgresTestSupport
import RPC
import ServiceKit
import ServiceLifecycle

@testable import ConversationsService

/// The schema in a database of the tests' own, and the service's role.
final class TestSchema: Sendable {
    let name: String
    let cluster: TemporaryCluster
    /// A pool that row security does not concern, to look behind the service's back.
    let admin: Database

    private static let made = Mutex<Task<TestSchema, any Error>?>(nil)

    /// The one that most tests share; each takes people of its own.
    static func shared() async throws -> TestSchema {
        let task = Self.made.withLock { made in
            if let made { return made }
            let task = Task { try await TestSchema() }
            made = task
            return task
        }
        return try await task.value
    }

    init() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.makeDatabase()
        try await database.runAsSuperuser(
            """
            DO $$BEGIN
                IF NOT EXISTS (
                    SELECT FROM pg_roles WHERE rolname = 'steward_conversations')
                THEN
                    CREATE ROLE steward_conversations_owner NOLOGIN;
                    CREATE ROLE steward_conversations LOGIN NOINHERIT;
                END IF;
            END$$
            """
        )
        for statement in [
            "GRANT CONNECT ON DATABASE \(database.name) TO steward_conversations",
            "CREATE SCHEMA conversations AUTHORIZATION steward_conversations_owner",
        ] { try await database.runAsSuperuser(statement) }
        _ = try await ConversationsService.definition.migrator.migrate(
            connectionString: database.superuserConnectionString,
            role: "steward_conversations_owner"
        )
        self.name = database.name
        self.cluster = cluster
        self.admin = Database(
            configuration: DatabaseConfiguration(
                connectionString: database.superuserConnectionString,
                applicationName: "tests"
            ),
            logger: .quiet
        )
    }

    /// A pool of the service's role.
    func database() -> Database {
        Database(
            configuration: DatabaseConfiguration(
                connectionString: self.cluster.connectionString(
                    database: self.name,
                    user: "steward_conversations"
                ),
                applicationName: "tests"
            ),
            logger: .quiet
        )
    }
}

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "tests")
        logger.logLevel = .critical
        return logger
    }
}

/// The service on a socket of its own, as one instance of it.
final class TestInstance: Sendable {
    let database: Database
    let methods: MethodTable
    let server: RPCServer
    /// Connections that people share, so that no one of them runs out of streams.
    let clients: [RPCClient]
    private let nextClient = Atomic<Int>(0)
    private let background: Task<Void, Never>

    init(
        _ schema: TestSchema,
        gauge: OutboxGauge = OutboxGauge(limit: 1_000_000)
    ) async throws {
        let database = schema.database()
        let service = ConversationsComposition(
            database: database,
            audit: AuditOutbox(schema: "conversations", gauge: gauge),
            logger: .quiet
        )
        let server = RPCServer(
            service: "conversations",
            build: "test",
            methods: service.methods,
            authorizer: TokenIsPerson(),
            health: { [] },
            peerNames: { _ in [] },
            logger: .quiet
        )
        let path = "/tmp/steward-conv-\(UUID().uuidString.prefix(13)).sock"
        try await server.listen(descriptor: try Self.listen(at: path))
        self.database = database
        self.methods = service.methods
        self.server = server
        self.clients = (0..<12).map { _ in RPCClient([.unix(path: path)], name: "tests") }
        self.background = Task {
            await withTaskGroup(of: Void.self) { group in
                for part in service.background {
                    // What runs beside the server ends by being cancelled.
                    group.addTask { try? await part.run() }
                }
            }
        }
    }

    deinit { self.background.cancel() }

    /// Ends everything.
    func stop() async {
        self.background.cancel()
        for client in self.clients { await client.close() }
        await self.server.drain(grace: .seconds(1))
        await self.database.close()
    }

    private static func listen(at path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, Glibc.listen(descriptor, 4096) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        return descriptor
    }
}

/// Takes the token for the person's id.
struct TokenIsPerson: CallAuthorizer {
    func authorize(
        _ contract: MethodContract,
        token: String?,
        peer: Peer
    ) async throws -> Caller? {
        guard contract.access != .anyone else { return nil }
        guard let token, let id = UUID(uuidString: token) else {
            throw RPCError(.unauthenticated, reason: "rpc.token_missing", message: "Sign in.")
        }
        return Caller(
            userID: id,
            sessionID: id,
            authenticatedAt: Date(),
            expiresAt: .distantFuture
        )
    }

    func whenRevoked(
        _ caller: Caller,
        end: @escaping @Sendable (RPCError) -> Void
    ) -> RevocationRegistration { RevocationRegistration() }
}

/// Somebody who calls the service.
struct Person: Sendable {
    let id = UUID()
    let client: RPCClient

    var options: CallOptions { CallOptions(timeout: .seconds(60), token: self.id.uuidString) }

    func call<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        try await self.client.call(request, options: self.options)
    }

    /// The reason for which a call is refused.
    func refusal<M: UnaryMethod>(of request: M) async throws -> String? {
        do {
            _ = try await self.call(request)
            return nil
        } catch let error as RPCError {
            return error.reason
        }
    }

    /// A new conversation.
    func begin(_ title: String? = nil) async throws -> Conversation {
        try await self.call(CreateConversation(title: title))
    }

    /// A message at the active leaf, or after a parent.
    @discardableResult
    func say(
        _ text: String,
        in conversation: UUID,
        after parent: UUID? = nil,
        role: MessageRole = .user,
        key: String? = nil
    ) async throws -> Message {
        try await self.call(
            AppendMessage(
                conversationID: conversation,
                parentID: parent,
                role: role,
                text: text,
                idempotencyKey: key
            )
        ).message
    }

    /// All messages, page by page.
    func messages(
        _ request: ListMessages
    ) async throws -> [Message] {
        var messages: [Message] = []
        var next = request
        repeat {
            let page = try await self.call(next)
            messages += page.messages
            next.pageToken = page.nextPageToken
        } while next.pageToken != nil
        return messages
    }

    /// Imports a file in chunks, waiting while others import.
    func take(
        _ file: Data,
        format: ExportFormat? = nil,
        chunk: Int = 60_000
    ) async throws -> ImportReport {
        while true {
            do {
                return try await self.takeAtOnce(file, format: format, chunk: chunk)
            } catch let error as RPCError where error.reason == "conversations.imports_busy" {
                await Task.yield()
            }
        }
    }

    private func takeAtOnce(
        _ file: Data,
        format: ExportFormat?,
        chunk: Int
    ) async throws -> ImportReport {
        let upload = try await self.client.upload(
            ImportConversations(format: format),
            options: CallOptions(timeout: .seconds(300), token: self.id.uuidString)
        )
        var offset = 0
        while offset < file.count {
            let end = min(offset + chunk, file.count)
            do {
                try await upload.send(FileChunk(data: file[offset..<end]))
            } catch {
                // The service has answered already; `finish` tells what.
                break
            }
            offset = end
        }
        return try await upload.finish()
    }

    /// Exports to a file.
    func give(_ ids: [UUID]? = nil) async throws -> Data {
        var file = Data()
        let chunks = try await self.client.stream(
            ExportConversations(conversationIDs: ids),
            options: self.options
        )
        for try await chunk in chunks { file.append(chunk.data) }
        return file
    }
}

extension TestInstance {
    /// The instance that most tests share.
    static func shared() async throws -> TestInstance {
        let task = Self.made.withLock { made in
            if let made { return made }
            let task = Task { try await TestInstance(try await TestSchema.shared()) }
            made = task
            return task
        }
        return try await task.value
    }

    private static let made = Mutex<Task<TestInstance, any Error>?>(nil)

    /// One of the connections.
    var client: RPCClient {
        self.clients[
            self.nextClient.wrappingAdd(1, ordering: .relaxed).newValue % self.clients.count
        ]
    }

    /// Somebody new.
    func person() -> Person { Person(client: self.client) }
}

/// Somebody new at the shared instance.
func newPerson() async throws -> Person { try await TestInstance.shared().person() }
