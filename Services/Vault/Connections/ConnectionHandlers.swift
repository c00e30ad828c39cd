internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Answers the methods about connections.
struct ConnectionHandlers: Sendable {
    let store: ConnectionStore
    let lookup: SecretLookup
    let answers: KeptAnswers

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(CreateConnection.self, handler: self.create)
        methods.register(UpdateConnection.self, handler: self.update)
        methods.register(GetConnection.self, handler: self.get)
        methods.register(ListConnections.self, handler: self.list)
        methods.register(DeleteConnection.self, handler: self.delete)
    }

    @Sendable
    func create(_ request: CreateConnection, _ context: CallContext) async throws -> Connection {
        try self.lookup.standing.requireOpen()
        let person = try context.requireCaller().userID
        try await self.requireUsable(request.secretID, context)
        let call = try self.answers.call(request, context)
        let id = UUID.version7()
        let made = try await self.store.create(call, self.answers, in: context) { now in
            try ConnectionRules.connection(for: request, id: id, by: person, at: now)
        }
        if made.id == id {
            try await self.store.rows.keyring.acknowledge(secret: id, revision: made.version)
        }
        return made
    }

    @Sendable
    func update(_ request: UpdateConnection, _ context: CallContext) async throws -> Connection {
        try self.lookup.standing.requireOpen()
        try await self.requireUsable(request.secretID, context)
        return try await self.store.change(
            request.id, expectedVersion: request.expectedVersion, "updated", in: context
        ) { connection, _ in
            try ConnectionRules.change(&connection, for: request)
        }.described
    }

    @Sendable
    func get(_ request: GetConnection, _ context: CallContext) async throws -> Connection {
        try self.lookup.standing.requireOpen()
        guard (request.id == nil) != (request.name == nil) else {
            throw RPCError.invalid("id", "either this or a name.")
        }
        return try await self.store.find(id: request.id, name: request.name, in: context)
            .described
    }

    @Sendable
    func list(
        _ request: ListConnections, _ context: CallContext
    ) async throws -> ConnectionPage {
        try self.lookup.standing.requireOpen()
        return try await self.store.list(request, in: context)
    }

    @Sendable
    func delete(_ request: DeleteConnection, _ context: CallContext) async throws -> Empty {
        try self.lookup.standing.requireOpen()
        do {
            _ = try await self.store.change(
                request.id, expectedVersion: request.expectedVersion, "deleted", in: context
            ) { connection, now in
                connection.deletedAt = now
                connection.isActive = false
            }
        } catch let error as RPCError where error == .connectionNotFound {
            // Deleted before, or never there: it is not there now.
        }
        return Empty()
    }

    /// A connection leads to secrets that whoever makes it may use, and to no others.
    private func requireUsable(_ secretID: UUID?, _ context: CallContext) async throws {
        guard let secretID else { return }
        _ = try await self.lookup.find(SecretReference(secretID: secretID), in: context)
    }
}
