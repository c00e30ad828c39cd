internal import Postgres

internal import struct FoundationEssentials.UUID

/// What goes along with a person's payloads, in the transaction that ends the erasure.
struct PersonErasure: Sendable {
    /// What the statements are for, as row policies know it.
    let purpose: String
    /// The statements that erase one person; they do no harm when they run again.
    let erase: @Sendable (_ userID: UUID) -> [SQL]

    /// The statements with their purpose.
    func statements(for userID: UUID) -> [SQL] {
        ["SELECT set_config('steward.purpose', \(self.purpose), true)"] + self.erase(userID)
    }

    /// Figures of the business that are about the person.
    static let metricValues = PersonErasure(purpose: "retention") { userID in
        ["DELETE FROM audit.metric_values WHERE user_id = \(userID)"]
    }
}
