import AuditAPI
import Foundation
import RPC
import Testing

@testable import AuditService

/// What events tell of people.
@Suite struct PersonNewsTests {
    private static let person = GeneratedEvents.actors[0]

    private func news(
        _ action: AuditAction, outcome: AuditOutcome = .succeeded, type: String = "user",
        details: [String: JSONValue]? = nil, changes: [String: JSONValue]? = nil
    ) -> PersonNews? {
        PersonNews(
            AuditEvent(
                id: UUID(), occurredAt: Date(), action: action, outcome: outcome,
                resourceType: type, resourceID: Self.person.uuidString.lowercased()),
            AuditPayload(
                details: details.map(JSONValue.object), changes: changes.map(JSONValue.object)))
    }

    @Test func `details tell what is, changes what became`() throws {
        let made = try #require(
            self.news(
                .userCreated,
                details: [
                    "email": .string("ann@example.org"), "displayName": .string("Ann"),
                    "roles": .array([.string("staff"), .string("manager")]),
                ]))
        #expect(made.userID == Self.person)
        #expect(made.username == "ann@example.org")
        #expect(made.displayName == "Ann")
        #expect(made.roles == ["manager", "staff"])
        let changed = try #require(
            self.news(
                .roleChanged,
                changes: [
                    "roles": .array([.array([.string("manager")]), .array([])]),
                    "username": .array([.null, .string("ann")]),
                ]))
        #expect(changed.username == "ann")
        #expect(changed.roles == [])
        #expect(changed.isActive == nil)
        #expect(self.news(.userDisabled)?.isActive == false)
        #expect(self.news(.userEnabled)?.isActive == true)
        #expect(self.news(.userErased)?.isErased == true)
    }

    @Test func `what failed, and what is about something else, tells nothing`() {
        #expect(self.news(.userDisabled, outcome: .denied) == nil)
        #expect(self.news(.roleChanged, type: "role") == nil)
        #expect(self.news(.signedIn) == nil)
    }

    @Test func `values of other shapes are passed over`() throws {
        let odd = try #require(
            self.news(
                .userUpdated,
                details: [
                    "username": .integer(7), "roles": .string("all"), "displayName": .string(""),
                ],
                changes: ["username": .array([.string("a")])]))
        #expect(odd.username == nil && odd.roles == nil && odd.displayName == nil)
        let long = self.news(
            .userUpdated,
            details: ["username": .string(String(repeating: "é\0", count: 500))])
        #expect(long?.username?.unicodeScalars.count == 200)
        #expect(long?.username?.contains("\0") == false)
    }
}
