import FoundationEssentials
import IdentityAPI

/// What is kept of a sign-in.
struct StoredSession: Codable, Hashable, Sendable {
    var accessToken: String
    var accessTokenExpiresAt: Date
    var refreshToken: String
    var refreshTokenExpiresAt: Date
    var sessionID: UUID
    /// Who signed in, to be shown without asking.
    var identifier: String
    /// Where identity was reached: the tokens are sent to no other installation.
    var origin: String

    init(_ signedIn: SignedIn, origin: String) {
        self.accessToken = signedIn.accessToken
        self.accessTokenExpiresAt = signedIn.accessTokenExpiresAt
        self.refreshToken = signedIn.refreshToken
        self.refreshTokenExpiresAt = signedIn.refreshTokenExpiresAt
        self.sessionID = signedIn.sessionID
        self.identifier = signedIn.user.email
        self.origin = origin
    }
}

/// The file with one context's session.
struct SessionFile: Sendable {
    private let file: PrivateFile
    /// The lock that whoever exchanges the refresh token holds.
    let lockPath: String

    init(directory: String, context: String) {
        self.file = PrivateFile(path: "\(directory)/\(context).json")
        self.lockPath = "\(directory)/\(context).lock"
    }

    var path: String { self.file.path }

    /// The session, or `nil` if nobody is signed in.
    ///
    /// - Throws: a ``CommandFailure`` with status 78 if the file is damaged or open to others.
    func load() throws -> StoredSession? {
        guard let content = try self.file.read(requiringPrivacy: true) else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(StoredSession.self, from: Data(content))
        } catch {
            throw CommandFailure.configuration(
                "\(self.path) is damaged: \(DecodingProblem.text(error)).",
                hints: ["rpcctl sign-in"])
        }
    }

    func save(_ session: StoredSession) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let content = try [UInt8](encoder.encode(session)) + [UInt8(ascii: "\n")]
        try self.file.replace(with: content)
    }

    func remove() throws { try self.file.remove() }
}
