import Foundation
import IdentityAPI
import Postgres
import Testing

@testable import AuditService

/// What identity says of people.
@Suite struct PeopleStoreTests {
    private func people(_ sink: TestSink) async throws -> [String] {
        try await sink.log.admin.query(
            """
            SELECT coalesce(username, '-') || ' ' || is_erased AS line FROM audit.people
            ORDER BY user_id
            """, as: .nobody
        ).rows.map { try $0.get("line") }
    }

    @Test func `everybody is known, as they are called now, and nobody comes back`() async throws {
        let sink = try await TestSink(try await TestLog())
        let store = PeopleStore(database: sink.database)
        let long = String(repeating: "l", count: 300)
        try await store.keep([
            PersonProfile(userID: Somebody.ann, username: "ann@example.org"),
            PersonProfile(userID: Somebody.bob, username: long),
        ])
        try await store.keep([PersonProfile(userID: Somebody.ann, username: "ann@example.com")])
        #expect(
            try await self.people(sink) == [
                "ann@example.com false", String(long.prefix(200)) + " false",
            ])
        try await store.keep([
            PersonProfile(userID: Somebody.ann, isErased: true),
            PersonProfile(userID: Somebody.officer, isErased: true),
        ])
        try await store.keep([PersonProfile(userID: Somebody.ann, username: "ann again")])
        // By id: the officer, Ann, Bob.
        #expect(
            try await self.people(sink) == [
                "- true", "- true", String(long.prefix(200)) + " false",
            ])
        await sink.stop()
    }
}
