/// One difference between two snapshots.
struct ContractChange: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case added
        case removed
        case changed
    }

    /// The method, or the service if all of it came or went.
    let subject: String
    /// Where in the method, such as `request.owner.name`; empty for the method itself.
    let place: String
    let kind: Kind
    /// What is different, to follow the place: `was string, is integer`.
    let detail: String
    /// Whether something that called the old contract properly may fail with the new one.
    let isBreaking: Bool
}
