/// Who may call a method.  Checked before the handler runs; anything not granted is refused.
public indirect enum AccessRule: Sendable, Hashable {
    /// Whoever can connect.
    case anyone
    /// A person with a valid access token.
    case signedIn
    /// A person whose token was issued for one service.
    case tokenFor(String)
    /// A person who holds a permission, written `resource:action`.
    case permission(String)
    /// A process that the kernel or its certificate names as one of these services.
    case peers([String])
    /// Every one of these.
    case all([AccessRule])
    /// At least one of these.
    case any([AccessRule])

    /// The service that a token must be issued for; `nil` where an ordinary one will do.
    package var audience: String? {
        switch self {
        case .tokenFor(let service): service
        case .all(let rules): rules.lazy.compactMap(\.audience).first
        // Where there is another way in, that one needs no such token.
        case .anyone, .signedIn, .permission, .peers, .any: nil
        }
    }

    /// The name of peers that look after the installation, for ``peers(_:)``.
    package static let operatorName = "operator"
}

extension AccessRule: CustomStringConvertible {
    /// The rule in words, as reflection shows it.
    public var description: String {
        switch self {
        case .anyone: "anyone"
        case .signedIn: "signed in"
        case .tokenFor(let service): "token for \(service)"
        case .permission(let name): "permission \(name)"
        case .peers(let names): "peer \(names.joined(separator: " or "))"
        case .all(let rules): rules.map(\.nested).joined(separator: " and ")
        case .any(let rules): rules.map(\.nested).joined(separator: " or ")
        }
    }

    private var nested: String {
        switch self {
        case .all, .any: "(\(self.description))"
        default: self.description
        }
    }
}
