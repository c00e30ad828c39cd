internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.UUID

/// One use of a secret or an attempt at one, with the audit event that says the same: both are
/// written in one transaction, before anything is given out.
struct AccessEntry: Sendable {
    let id: UUID
    let secretID: UUID?
    let version: Int64?
    let type: SecretAccessType
    /// Why it was refused; `nil` if it was not.
    let refusal: String?
    let userID: UUID?
    let toolID: UUID?
    let purpose: String?
    let event: AdmittedEvent
    /// What is given out once the entry is committed; read in the same transaction.
    let released: VersionRecord?

    /// States a use of a secret.
    ///
    /// - Parameters:
    ///   - action: what the audit event says that was done.
    ///   - refusal: why it was refused; the event then says that access was denied.
    ///   - details: what else the event says; never a value.
    ///   - released: the version whose sealed content the use is for.
    /// - Throws: `audit.outbox_full`, and then nothing may be done.
    init(
        _ type: SecretAccessType, of secretID: UUID?, version: Int64? = nil,
        action: AuditAction, refusal: String? = nil, details: [String: JSONValue] = [:],
        toolID: UUID? = nil, purpose: String? = nil, releasing released: VersionRecord? = nil,
        to audit: AuditOutbox, in context: CallContext?
    ) throws {
        var details = details
        details["version"] = version.map(JSONValue.integer)
        details["toolID"] = toolID.map { .string($0.uuidString.lowercased()) }
        details["purpose"] = purpose.map(JSONValue.string)
        let isRefused = refusal != nil
        if isRefused { details["accessType"] = .string(type.rawValue) }
        self.event = try audit.admit(
            AuditFact(
                isRefused ? .accessDenied : action, outcome: isRefused ? .denied : .succeeded,
                of: secretID.map { AuditResource("secret", $0) } ?? AuditResource("secret"),
                reason: refusal, isSensitive: true,
                payload: AuditPayload(details: details.isEmpty ? nil : .object(details)),
                priority: isRefused ? .denial : .ordinary),
            in: context)
        self.id = .version7()
        self.secretID = secretID
        self.version = version
        self.type = type
        self.refusal = refusal
        self.userID = context?.caller?.userID
        self.toolID = toolID
        self.purpose = purpose
        self.released = released
    }

    /// The statements that write entries and their events.
    static func record(_ entries: [AccessEntry], to audit: AuditOutbox) throws -> [SQL] {
        let read = entries.filter { $0.refusal == nil && $0.type == .read }.compactMap(\.secretID)
        let rows: SQL = """
            INSERT INTO vault.secret_access (
                id, secret_id, version, user_id, peer, access_type, success, reason, ip_address,
                user_agent, tool_id, purpose, accessed_at)
            SELECT a.id, a.secret_id, a.version, a.user_id, a.peer, a.access_type,
                a.reason IS NULL, a.reason, a.ip_address, a.user_agent, a.tool_id, a.purpose,
                clock_timestamp()
            FROM unnest(
                \(entries.map(\.id)), \(entries.map(\.secretID)), \(entries.map(\.version)),
                \(entries.map(\.userID)), \(entries.map { $0.event.peer?.beginning(400) }),
                \(entries.map(\.type.rawValue)), \(entries.map(\.refusal)),
                \(entries.map { $0.event.clientAddress?.beginning(400) }),
                \(entries.map { $0.event.userAgent?.beginning(1_024) }),
                \(entries.map(\.toolID)), \(entries.map(\.purpose)))
                AS a (id, secret_id, version, user_id, peer, access_type, reason, ip_address,
                    user_agent, tool_id, purpose)
            """
        let events = try audit.record(entries.map(\.event))
        guard !read.isEmpty else { return [rows, events] }
        // A row that is being changed at this moment keeps its time: nobody waits for it here.  Nor
        // is one written more than once a second, however often its secret is used.
        let touched: SQL = """
            UPDATE vault.secrets SET last_accessed_at = clock_timestamp() WHERE id IN (
                SELECT id FROM vault.secrets WHERE id = ANY (\(read)) AND (
                    last_accessed_at IS NULL
                    OR last_accessed_at < clock_timestamp() - interval '1 second')
                FOR NO KEY UPDATE SKIP LOCKED)
            """
        return [rows, events, touched]
    }
}

extension String {
    /// At most so many characters of Unicode from the beginning.
    fileprivate func beginning(_ count: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: self.unicodeScalars.prefix(count).filter { $0 != "\0" })
        return String(text)
    }
}
