public import RPC

/// Chooses how long payloads of a class, or metrics, are kept.  A shorter time counts 24 hours
/// after it was chosen.
public struct SetRetention: UnaryMethod {
    /// What is kept.
    public var retentionClass: RetentionClass
    /// 1 to 36,500 days, from the end of the month of an event, or of the day of a sample.
    public var days: Int

    /// Chooses a time.
    public init(retentionClass: RetentionClass, days: Int) {
        self.retentionClass = retentionClass
        self.days = days
    }

    public typealias Reply = RetentionSetting

    /// The days that can be chosen.
    public static let dayRange = 1...36_500

    public static let contract = MethodContract(
        "audit.SetRetention",
        documentation: "Chooses how long payloads of a class, or metrics, are kept.",
        access: .permission("audit:write"),
        repeatability: .idempotent,
        auditAction: "setting_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "retentionClass": "What is kept: security, access, operation or metrics.",
        "days": "1 to 36500; fewer than before count 24 hours after they were chosen.",
    ]
}
