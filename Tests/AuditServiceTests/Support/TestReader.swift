import AuditAPI
import Foundation
import Glibc
import Logging
import Postgres
import RPC
import ServiceKit

@testable import AuditService

/// The service's methods on a socket of its own, and somebody who calls them.
final class TestReader: Sendable {
    let sink: TestSink
    let server: RPCServer
    let client: RPCClient

    /// Who may read and export the log; everybody else is only signed in.
    static let auditor = UUID(uuidString: "AAAAAAAA-0000-4000-8000-000000000001")!
    /// The session in which everybody calls.
    static let sessionID = UUID(uuidString: "BBBBBBBB-0000-4000-8000-000000000001")!

    init(_ log: TestLog? = nil) async throws {
        let sink = try await TestSink(
            try await log.orMade(), permits: { _, person in person == Self.auditor })
        self.sink = sink
        self.server = RPCServer(
            service: "audit", build: "test", methods: sink.service.methods,
            authorizer: TokenIsPerson(), health: { [] }, peerNames: { _ in ["gateway"] },
            logger: .quiet)
        let path = "/tmp/steward-read-\(UUID().uuidString.prefix(13)).sock"
        try await self.server.listen(descriptor: try Self.listen(at: path))
        self.client = RPCClient([.unix(path: path)], name: "tests")
    }

    /// Ends everything.
    func stop() async {
        await self.client.close()
        await self.server.drain(grace: .seconds(1))
        await self.sink.stop()
    }

    func options(
        _ person: UUID = auditor, metadata: [String: String] = [:]
    ) -> CallOptions {
        var options = CallOptions(timeout: .seconds(600), token: person.uuidString)
        options.metadata = metadata
        return options
    }

    func call<M: UnaryMethod>(_ request: M, as person: UUID = auditor) async throws -> M.Reply {
        try await self.client.call(request, options: self.options(person))
    }

    /// All pages of a search.
    func search(
        _ filter: AuditFilter? = nil, pageSize: Int = 500
    ) async throws -> [AuditRecord] {
        var records: [AuditRecord] = []
        var request = SearchAudit(filter: filter, pageSize: pageSize)
        repeat {
            let page = try await self.call(request)
            records += page.records
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil
        return records
    }

    /// All of an export.
    func export(_ filter: AuditFilter? = nil) async throws -> [AuditRecord] {
        var records: [AuditRecord] = []
        let stream = try await self.client.stream(
            ExportAudit(filter: filter), options: self.options())
        for try await record in stream { records.append(record) }
        return records
    }

    /// The first records of a watch, which is then cut off.
    func watch(_ request: WatchAudit, count: Int) async throws -> [AuditRecord] {
        var records: [AuditRecord] = []
        let stream = try await self.client.stream(request, options: self.options())
        for try await record in stream {
            records.append(record)
            if records.count == count { break }
        }
        return records
    }

    /// How many events the service has recorded itself.
    func recordedCount() async throws -> Int64 {
        try await self.sink.log.number("SELECT count(*) FROM audit.audit_outbox")
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
        guard result == 0, Glibc.listen(descriptor, 128) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        return descriptor
    }
}

extension TestLog? {
    /// The log, or a new one.
    fileprivate func orMade() async throws -> TestLog {
        if let log = self { return log }
        return try await TestLog()
    }
}

/// Takes the token for the person's id; only the auditor holds any permission.
struct TokenIsPerson: CallAuthorizer {
    func authorize(
        _ contract: MethodContract, token: String?, peer: Peer
    ) async throws -> Caller? {
        let person = token.flatMap { UUID(uuidString: $0) }
        let decision = contract.access.decision(
            peerNames: peer.names, audience: person == nil ? nil : AccessTokenClaims.audience
        ) { _ in person == TestReader.auditor }
        guard decision == .granted else {
            throw RPCError(
                .permissionDenied, reason: "rpc.permission_missing", message: "You may not.")
        }
        return person.map {
            Caller(
                userID: $0, sessionID: TestReader.sessionID, authenticatedAt: Date(),
                expiresAt: .distantFuture)
        }
    }

    func whenRevoked(
        _ caller: Caller, end: @escaping @Sendable (RPCError) -> Void
    ) -> RevocationRegistration { RevocationRegistration() }
}
