internal import AuditAPI
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Answers the methods about what people do.
struct ActivityHandlers {
    let store: ActivityStore
    let engagement: EngagementStore
    let reads: ReadRecorder
    let rate: ReportRate
    /// Whether a person holds a permission.
    let permits: @Sendable (_ permission: String, _ person: UUID) -> Bool

    /// The most days of one question.
    private static let dayLimit = 366

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(ReportActivity.self, handler: self.report)
        methods.register(ListActivitySummary.self, handler: self.summarize)
        methods.register(ListEngagement.self, handler: self.engage)
    }

    @Sendable
    func report(
        _ request: ReportActivity, _ context: CallContext
    ) async throws -> ReportedActivities {
        let caller = try context.requireCaller()
        guard (1...ReportActivity.activityLimit).contains(request.activities.count) else {
            throw RPCError.invalid("activities", "1 to \(ReportActivity.activityLimit).")
        }
        let now = Date()
        let activities = try request.activities.map { try CheckedActivity($0, now: now) }
        let call = try self.store.answers.call(request, context)
        guard self.rate.take(activities.count, of: caller.userID) else {
            throw RPCError.tooManyActivities
        }
        return try await self.store.store(
            activities, from: Self.origin(caller, context), once: call,
            deadline: context.deadline)
    }

    /// A gateway's word on the person's device is believed, nobody else's.
    private static func origin(_ caller: Caller, _ context: CallContext) -> ActivityStore.Origin {
        func told(_ key: String, atMost limit: Int) -> String? {
            guard context.peer.names.contains("gateway") else { return nil }
            return context.metadata[key].map { EntryColumns.text($0, limit: limit) }
        }
        return ActivityStore.Origin(
            person: caller.userID, sessionID: caller.sessionID,
            clientAddress: told(AuditOutbox.addressKey, atMost: 100),
            userAgent: told(AuditOutbox.userAgentKey, atMost: 512))
    }

    @Sendable
    func summarize(
        _ request: ListActivitySummary, _ context: CallContext
    ) async throws -> ActivitySummaryPage {
        let person = try await self.permitted(request.userID, context)
        let limit = try Self.limit(
            request.pageSize ?? ListActivitySummary.standardPageSize,
            atMost: ListActivitySummary.pageSizeLimit)
        let question = person?.uuidString ?? ""
        let last = try request.pageToken.map { token in
            let parts = try PageCursor(token, partCount: 2).parts
            guard parts[0] == question, let last = UUID(uuidString: parts[1]) else {
                throw RPCError.invalid("pageToken", "it is not of a list of these people.")
            }
            return last
        }
        var summaries = try await self.store.summaries(
            of: person, after: last, limit: limit + 1, deadline: context.deadline)
        let hasMore = summaries.count > limit
        summaries.removeLast(max(0, summaries.count - limit))
        try await self.record("summary", of: person, [:], context)
        let next = hasMore ? summaries.last : nil
        return ActivitySummaryPage(
            summaries: summaries,
            nextPageToken: next.map { PageCursor([question, $0.userID.uuidString]).text })
    }

    @Sendable
    func engage(
        _ request: ListEngagement, _ context: CallContext
    ) async throws -> EngagementPage {
        let person = try await self.permitted(request.userID, context)
        let limit = try Self.limit(
            request.pageSize ?? ListEngagement.standardPageSize,
            atMost: ListEngagement.pageSizeLimit)
        guard let first = CalendarDay(request.firstDay) else {
            throw RPCError.invalid("firstDay", "a day as in 2026-01-31.")
        }
        guard let last = CalendarDay(request.lastDay), last >= first,
            last.number - first.number < Self.dayLimit
        else {
            throw RPCError.invalid(
                "lastDay", "a day as in 2026-01-31, at most \(Self.dayLimit) days in all.")
        }
        let question = "\(person?.uuidString ?? "") \(first.text) \(last.text)"
        let position = try request.pageToken.map { token in
            let parts = try PageCursor(token, partCount: 3).parts
            guard parts[0] == question, let day = CalendarDay(parts[1]),
                let userID = UUID(uuidString: parts[2])
            else {
                throw RPCError.invalid("pageToken", "it is not of a list of these days.")
            }
            return EngagementStore.Position(day: day, userID: userID)
        }
        var days = try await self.engagement.days(
            of: person, from: first, through: last, after: position, limit: limit + 1,
            deadline: context.deadline)
        let hasMore = days.count > limit
        days.removeLast(max(0, days.count - limit))
        try await self.record(
            "engagement", of: person,
            ["firstDay": .string(first.text), "lastDay": .string(last.text)], context)
        let next = hasMore ? days.last : nil
        return EngagementPage(
            days: days,
            nextPageToken: next.map { PageCursor([question, $0.day, $0.userID.uuidString]).text })
    }

    private static func limit(_ asked: Int, atMost limit: Int) throws -> Int {
        guard (1...limit).contains(asked) else {
            throw RPCError.invalid("pageSize", "1 to \(limit).")
        }
        return asked
    }

    /// Everybody asks about themselves; about others who may read the log.
    private func permitted(_ asked: UUID?, _ context: CallContext) async throws -> UUID? {
        let caller = try context.requireCaller()
        if asked == caller.userID || self.permits("audit:read", caller.userID) { return asked }
        try await self.reads.recordDenial(.othersNotPermitted, in: context)
        throw RPCError.othersNotPermitted
    }

    private func record(
        _ list: String, of person: UUID?, _ details: [String: JSONValue], _ context: CallContext
    ) async throws {
        var details = details
        details["list"] = .string(list)
        details["userID"] = person.map { .string($0.uuidString.lowercased()) }
        try await self.reads.record(.activity, details, in: context)
    }
}
