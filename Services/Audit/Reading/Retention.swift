internal import AuditAPI

internal import struct FoundationEssentials.Date

/// How long payloads are kept.
enum Retention {
    /// Days for which the payloads of a class are kept: 7, 2 and 1 years.
    static func days(_ auditClass: AuditClass) -> Int64 {
        switch auditClass {
        case .access: 731
        case .operation: 366
        default: 2_557
        }
    }

    /// What has become of the payload of an event.
    ///
    /// - Parameters:
    ///   - isCommitted: whether the event had one.
    ///   - isStored: whether it is there.
    static func state(
        isCommitted: Bool, isStored: Bool, of auditClass: AuditClass, occurredAt: Date,
        now: Date = Date()
    ) -> AuditPayloadState {
        guard isCommitted else { return .none }
        guard !isStored else { return .present }
        let end = occurredAt.addingTimeInterval(Double(Self.days(auditClass)) * 86_400)
        return end <= now ? .expired : .erased
    }
}
