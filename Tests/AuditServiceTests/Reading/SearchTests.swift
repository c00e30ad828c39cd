import AuditAPI
import Foundation
import Postgres
import RPC
import RPCTestSupport
import Testing

@testable import AuditService

/// What a search finds, against a plain filter over the same events.
@Suite struct SearchTests {
    /// Each field of a filter, set to something that some events have.
    private static let fields: [(name: String, set: @Sendable (inout AuditFilter) -> Void)] = [
        ("actions", { $0.actions = [.signedIn, .secretRead] }),
        ("outcomes", { $0.outcomes = [.denied] }),
        ("actorID", { $0.actorID = GeneratedEvents.actors[1] }),
        ("resourceType", { $0.resourceType = "user" }),
        (
            "resourceID",
            {
                $0.resourceType = "user"
                $0.resourceID = "r2"
            }
        ),
        ("sessionID", { $0.sessionID = GeneratedEvents.sessions[0] }),
        ("method", { $0.method = "identity.A" }),
        ("producer", { $0.producer = "tools" }),
        ("occurredAfter", { $0.occurredAfter = GeneratedEvents.beginning + 6_000 }),
        ("occurredBefore", { $0.occurredBefore = GeneratedEvents.beginning + 18_000 }),
    ]

    /// Nothing, each field, each pair of fields, and all of them but one session.
    private static let filters: [AuditFilter] = {
        var filters = [AuditFilter()]
        for (index, first) in Self.fields.enumerated() {
            for second in Self.fields[index...] {
                var filter = AuditFilter()
                first.set(&filter)
                second.set(&filter)
                filters.append(filter)
            }
        }
        var filter = AuditFilter()
        for field in Self.fields where field.name != "sessionID" { field.set(&filter) }
        return filters + [filter]
    }()

    private static let events = GeneratedEvents(400, seed: 4)

    @Test func `each filter and each pair of filters finds what a plain filter finds`()
        async throws
    {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(Self.events.all)
        let store = RecordStore(database: sink.database)
        for filter in Self.filters {
            let checked = try RecordFilter(filter)
            var found: [UUID] = []
            var position: SearchPosition?
            repeat {
                let page = try await store.search(
                    checked, after: position, limit: 60, deadline: nil)
                found += page.records.map(\.id)
                position = try page.next.map {
                    try SearchPosition($0.token(of: checked), of: checked)
                }
            } while position != nil
            #expect(found == Self.events.matching(filter), "\(filter)")
        }
        // The comparison would hold for two empty lists as well.
        #expect(Self.filters.count { !Self.events.matching($0).isEmpty } > 50)
        await sink.stop()
    }

    @Test(arguments: [2, 7, 89, 500])
    func `pages are complete and without repeats while new events arrive`(
        pageSize: Int
    ) async throws {
        let reader = try await TestReader()
        let events = GeneratedEvents(120, seed: 5)
        try await reader.sink.append(events.all)
        let filter = AuditFilter(outcomes: [.succeeded])
        let expected = events.matching(filter)
        var request = SearchAudit(filter: filter, pageSize: pageSize)
        var found: [UUID] = []
        var pageCount = 0
        repeat {
            let page = try await reader.call(request)
            #expect(page.records.count <= pageSize)
            found += page.records.map(\.id)
            request.pageToken = page.nextPageToken
            pageCount += 1
            if pageCount < 3 {
                try await reader.sink.append(
                    AuditEvent(
                        id: UUID(), occurredAt: GeneratedEvents.beginning + 100_000,
                        action: .userUpdated))
            }
        } while request.pageToken != nil && found.count < 20 + expected.count
        #expect(found == expected)
        await reader.stop()
    }

    @Test func `a token of another search is refused, and so is what is no token`() async throws {
        let reader = try await TestReader()
        try await reader.sink.append(Self.events.all)
        let page = try await reader.call(
            SearchAudit(filter: AuditFilter(producer: "tools"), pageSize: 5))
        let token = try #require(page.nextPageToken)
        func refused(_ filter: AuditFilter?, _ token: String) async -> String? {
            await refusal {
                try await reader.call(SearchAudit(filter: filter, pageToken: token))
            }
        }
        #expect(await refused(AuditFilter(producer: "tools"), token) == nil)
        #expect(await refused(AuditFilter(producer: "identity"), token) == "audit.field_invalid")
        #expect(await refused(nil, token) == "audit.field_invalid")
        #expect(
            await refused(AuditFilter(producer: "tools"), "x\(token)") == "rpc.cursor_invalid")
        #expect(await refused(nil, "") == "rpc.cursor_invalid")
        #expect(
            await refused(nil, String(repeating: "A", count: 10_000)) == "rpc.cursor_invalid")
        await reader.stop()
    }

    @Test func `what no search can mean is refused by the name of its field`() async throws {
        let reader = try await TestReader()
        let requests: [(SearchAudit, String)] = [
            (SearchAudit(pageSize: 0), "pageSize"), (SearchAudit(pageSize: 501), "pageSize"),
            (SearchAudit(pageSize: .max), "pageSize"),
            (SearchAudit(filter: AuditFilter(actions: [])), "actions"),
            (
                SearchAudit(
                    filter: AuditFilter(actions: Array(repeating: .signedIn, count: 101))),
                "actions"
            ),
            (SearchAudit(filter: AuditFilter(resourceID: "x")), "resourceID"),
            (SearchAudit(filter: AuditFilter(method: "a\0b")), "method"),
            (SearchAudit(filter: AuditFilter(producer: "")), "producer"),
            (
                SearchAudit(
                    filter: AuditFilter(resourceType: String(repeating: "x", count: 101))),
                "resourceType"
            ),
            (
                SearchAudit(
                    filter: AuditFilter(occurredAfter: Date(timeIntervalSince1970: 1e15))),
                "occurredAfter"
            ),
        ]
        for (request, field) in requests {
            do {
                _ = try await reader.call(request)
                Issue.record("\(field) was taken")
            } catch let error as RPCError {
                #expect(error.details["field"] == field, "\(error)")
            }
        }
        // Names of the future are names.
        #expect(
            try await reader.search(AuditFilter(actions: [AuditAction(rawValue: "unheard_of")]))
                .isEmpty)
        await reader.stop()
    }

    @Test func `a page of large payloads ends early and goes on`() async throws {
        let reader = try await TestReader()
        let details = JSONValue.object(["text": .string(String(repeating: "x", count: 60_000))])
        for number in 1...40 {
            try await reader.sink.append(
                AuditEvent(
                    id: GeneratedEvents.id("0", number),
                    occurredAt: GeneratedEvents.beginning + Double(number), action: .userUpdated),
                AuditPayload(details: details))
        }
        let page = try await reader.call(SearchAudit(pageSize: 500))
        #expect((10...20).contains(page.records.count))
        #expect(try await reader.search().map(\.id).count == 40)
        let many = JSONValue.array(Array(repeating: .integer(1), count: 60_500))
        try await reader.sink.append(
            AuditEvent(
                id: GeneratedEvents.id("0", 50), occurredAt: GeneratedEvents.beginning + 100,
                action: .userUpdated),
            AuditPayload(details: .object(["many": many])))
        let newest = try await reader.call(SearchAudit(pageSize: 1)).records.first
        #expect(newest?.details == .object(["truncated": .boolean(true)]))
        await reader.stop()
    }
}
