import ArgumentParser
import AuditAPI
import RPC

/// Which events of the audit log are meant.
struct AuditFilterOptions: ParsableArguments {
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Only this action, such as signed_in; may be given several times.",
            valueName: "action"),
        completion: .list(AuditAction.knownCases.map(\.rawValue)))
    var action: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Only this outcome: succeeded, failed, denied; may be given several times.",
            valueName: "outcome"),
        completion: .list(AuditOutcome.knownCases.map(\.rawValue)))
    var outcome: [String] = []

    @Option(help: ArgumentHelp("Only what this person did.", valueName: "uuid"))
    var actor: UUIDArgument?

    @Option(
        help: ArgumentHelp(
            "Only what was done to things of this type, or to this one.", valueName: "type[:id]"))
    var resource: String?

    @Option(help: ArgumentHelp("Only what was done in this session.", valueName: "uuid"))
    var session: UUIDArgument?

    @Option(help: ArgumentHelp("Only calls of this method.", valueName: "method"))
    var method: String?

    @Option(help: ArgumentHelp("Only what this service recorded.", valueName: "service"))
    var producer: String?

    @Option(
        help: ArgumentHelp(
            "Only from this time on: 2026-01-31, 2026-01-31T12:00:00Z, or 2h (ago), 7d.",
            valueName: "time"))
    var since: MomentArgument?

    @Option(help: ArgumentHelp("Only before this time.", valueName: "time"))
    var until: MomentArgument?

    /// The filter; `nil` if everything is meant.
    ///
    /// - Throws: a ``CommandFailure`` with status 64 for an action or outcome that nobody records.
    func filter() throws -> AuditFilter? {
        let actions = try self.action.map { try Self.known($0, "action") as AuditAction }
        let outcomes = try self.outcome.map { try Self.known($0, "outcome") as AuditOutcome }
        // Only the first colon: the id of a resource may have others.
        let resource = self.resource?.split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false
        ).map(String.init)
        if let resource, resource.contains("") {
            throw CommandFailure.usage(
                "--resource is a type, or a type and an id: user, user:0199a0f0-….")
        }
        let filter = AuditFilter(
            actions: actions.isEmpty ? nil : actions,
            outcomes: outcomes.isEmpty ? nil : outcomes, actorID: self.actor?.id,
            resourceType: resource?.first, resourceID: resource?.dropFirst().first,
            sessionID: self.session?.id, method: self.method, producer: self.producer,
            occurredAfter: self.since?.date, occurredBefore: self.until?.date)
        return filter == AuditFilter() ? nil : filter
    }

    private static func known<Value: OpenEnumeration>(
        _ text: String, _ kind: String
    ) throws -> Value {
        let value = Value(rawValue: text)
        guard !Value.knownCases.contains(value) else { return value }
        let names = Value.knownCases.map(\.rawValue)
        let near = Suggestion.closest(to: text, among: names)
        throw CommandFailure.usage(
            "There is no \(kind) “\(text)”.",
            hints: [near.map { "did you mean “\($0)”?" } ?? names.joined(separator: ", ")])
    }
}
