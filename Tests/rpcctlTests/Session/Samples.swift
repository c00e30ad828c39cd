import Foundation
import IdentityAPI

@testable import rpcctl

extension StoredSession {
    static func sample(accessToken: String = "a", lifetime: TimeInterval = 300) -> StoredSession {
        StoredSession(.sample(accessToken: accessToken, lifetime: lifetime), origin: "here")
    }
}

extension SignedIn {
    /// Whole seconds, since that is what the file keeps.
    static func sample(accessToken: String = "a", lifetime: TimeInterval = 300) -> SignedIn {
        let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        return SignedIn(
            accessToken: accessToken, accessTokenExpiresAt: now + lifetime,
            refreshToken: "refresh \(accessToken)", refreshTokenExpiresAt: now + 86_400,
            sessionID: UUID(uuidString: "0199a0f0-0000-7000-8000-0000000000aa") ?? UUID(),
            user: User(
                id: UUID(uuidString: "0199a0f0-0000-7000-8000-000000000001") ?? UUID(),
                email: "ada@example.org", displayName: "Ada Lovelace", createdAt: now,
                updatedAt: now))
    }
}

/// A directory that goes away with the test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        self.path = "/tmp/rpcctl-\(UUID().uuidString.prefix(13))"
        mkdir(self.path, 0o700)
    }

    deinit {
        // What is left in /tmp does no harm.
        try? FileManager.default.removeItem(atPath: self.path)
    }

    func write(_ text: String, to name: String) {
        // A test that can't write its files fails where it reads them.
        try? Data(text.utf8).write(to: URL(fileURLWithPath: "\(self.path)/\(name)"))
    }
}
