internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit


/// Sees to it that every change of the vault's keys is in the audit log: also one after which the
/// vault was killed before its event was committed, and those that commands made while the service
/// was stopped.
struct KeyEvents: Sendable {
    let database: Database
    let keyring: Keyring
    let audit: AuditOutbox

    /// A change of keys.
    struct Event: Hashable, Sendable {
        let kind: Kind
        /// The epoch's number, or what tells one key from another.
        let subject: String

        enum Kind: String, Hashable, Sendable {
            case epochBegun = "epoch_begun"
            case epochDestroyed = "epoch_destroyed"
            case rootKey = "root_key"
            case recoveryKey = "recovery_key"
        }

        /// An epoch that has begun.
        static func begun(_ epoch: Int64) -> Event { Event(kind: .epochBegun, subject: "\(epoch)") }
        /// An epoch that was destroyed.
        static func destroyed(_ epoch: Int64) -> Event {
            Event(kind: .epochDestroyed, subject: "\(epoch)")
        }
    }

    /// The statements that record a change, for the transaction in which it is made.
    func record(_ event: Event, in context: CallContext?) throws -> [SQL] {
        [
            try self.audit.record(Self.fact(event, isFound: context == nil), in: context),
            Self.note([event]),
        ]
    }

    /// Records what is in the keyring and in no event.
    ///
    /// The first time nothing is known of what was recorded: what there is counts as recorded.
    ///
    /// - Returns: what was missing.
    @discardableResult
    func reconcile() async throws -> [Event] {
        try await self.database.transaction(as: .nobody, deadline: .now + .seconds(30)) {
            transaction in
            let known = Set(
                try await transaction.execute(Self.known).rows.compactMap { row in
                    try Event.Kind(rawValue: try row.get("kind")).map { kind in
                        Event(kind: kind, subject: try row.get("subject"))
                    }
                })
            let missing = self.present.filter { !known.contains($0) }
            guard !missing.isEmpty else { return [] }
            guard !known.isEmpty else {
                _ = try await transaction.execute(Self.note(missing))
                return []
            }
            let events = try self.audit.record(
                try missing.map { try self.audit.admit(Self.fact($0, isFound: true), in: nil) })
            _ = try await transaction.batch([events, Self.note(missing)])
            return missing
        }
    }

    /// What the keyring says.
    private var present: [Event] {
        let epochs = self.keyring.epochs
        return epochs.map { .begun($0.number) }
            + epochs.filter { $0.state == .destroyed }.map { .destroyed($0.number) }
            + [
                Event(kind: .rootKey, subject: Self.text(self.keyring.keys.check)),
                Event(
                    kind: .recoveryKey,
                    subject: self.keyring.recoveryKeyID.map(Self.text) ?? "none"),
            ]
    }

    /// All that was recorded of epochs, and of other keys the last.
    private static let known: SQL = """
        SELECT kind, subject FROM vault.key_events WHERE kind LIKE 'epoch%'
        UNION ALL
        (SELECT kind, subject FROM vault.key_events WHERE kind = 'root_key'
            ORDER BY id DESC LIMIT 1)
        UNION ALL
        (SELECT kind, subject FROM vault.key_events WHERE kind = 'recovery_key'
            ORDER BY id DESC LIMIT 1)
        """

    private static func note(_ events: [Event]) -> SQL {
        """
        INSERT INTO vault.key_events (kind, subject)
        SELECT * FROM unnest(\(events.map(\.kind.rawValue)), \(events.map(\.subject)))
        """
    }

    private static func fact(_ event: Event, isFound: Bool) -> AuditFact {
        let (type, change) =
            switch event.kind {
            case .epochBegun: ("vault_epoch", "begun")
            case .epochDestroyed: ("vault_epoch", "destroyed")
            case .rootKey: ("vault_root_key", "changed")
            case .recoveryKey: ("vault_recovery_key", "changed")
            }
        var details: [String: JSONValue] = ["change": .string(change)]
        // What was made before is said afterwards, by nobody's call.
        if isFound { details["found"] = .boolean(true) }
        return AuditFact(
            .keyRotated, of: AuditResource(type, event.subject), isSensitive: true,
            payload: AuditPayload(details: .object(details)), priority: .repair)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
