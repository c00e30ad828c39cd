internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

/// Answers the methods about figures of the business.
struct MetricValueHandlers: Sendable {
    let store: MetricValueStore
    let answers: KeptAnswers

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(PutMetric.self, handler: self.put)
        methods.register(ListMetricValues.self, handler: self.list)
    }

    @Sendable
    func put(_ request: PutMetric, _ context: CallContext) async throws -> MetricValue {
        let caller = try context.requireCaller().userID
        let checked = try MetricRules.value(request)
        return try await self.answers.perform(
            request, context, in: self.store.database, as: MetricValueStore.purpose
        ) { transaction in
            let value: MetricValue? = try await transaction.execute(
                MetricValueStore.put(request, checked, id: .version7(), by: caller)
            ).decodeFirst()
            guard let value else {
                throw DatabaseError(code: .decoding, message: "a figure came without a row")
            }
            return value
        }
    }

    @Sendable
    func list(_ request: ListMetricValues, _ context: CallContext) async throws
        -> MetricValuePage
    {
        let size = try RetentionRules.pageSize(request.pageSize)
        for (text, field, limit) in [
            (request.name, "name", 100), (request.category, "category", 50),
            (request.period, "period", 20),
        ] { _ = try text.map { try RetentionRules.text($0, field, limit: limit) } }
        _ = try RetentionRules.time(request.from, "from")
        _ = try RetentionRules.time(request.to, "to")
        let rows = try await self.store.list(
            request, after: try request.pageToken.map(Self.position), limit: size + 1,
            deadline: context.deadline)
        let kept = rows.prefix(size)
        let token = rows.count > size ? kept.last.map { Self.token($0.position) } : nil
        return MetricValuePage(values: kept.map(\.value), nextPageToken: token)
    }

    private static func token(_ position: MetricValueStore.Position) -> String {
        PageCursor(["\(position.microseconds)", position.id.uuidString]).text
    }

    private static func position(_ token: String) throws -> MetricValueStore.Position {
        let parts = try PageCursor(token, partCount: 2).parts
        // Times that Postgres can say; others are nobody's.
        guard let microseconds = Int64(parts[0]), let id = UUID(uuidString: parts[1]),
            microseconds.magnitude < 253_402_214_400_000_000
        else { throw RPCError.invalid("pageToken", "it is not of this list.") }
        return MetricValueStore.Position(microseconds: microseconds, id: id)
    }
}
