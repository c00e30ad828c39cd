internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres

extension AccessEvent {
    /// Reads an event from its position, kind and stored payload.
    ///
    /// A kind that a newer version wrote is passed on without its payload, which this one cannot
    /// read; so followers know of the position.
    init(position: Int64, kind: String, payload: JSONText) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        let data = Data(payload.text.utf8)
        self.init(position: position, kind: AccessEventKind(rawValue: kind))
        switch self.kind {
        case .signingKey, .signingKeyRetired:
            self.signingKey = try decoder.decode(SigningKey.self, from: data)
        case .role:
            self.role = try decoder.decode(RoleAccess.self, from: data)
        case .person:
            self.person = try decoder.decode(PersonAccess.self, from: data)
        case .sessionRevoked:
            self.session = try decoder.decode(SessionRevocation.self, from: data)
        case .profile:
            self.profile = try decoder.decode(PersonProfile.self, from: data)
        default: break
        }
    }
}
