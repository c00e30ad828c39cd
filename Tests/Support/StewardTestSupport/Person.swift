package import Foundation
package import IdentityAPI
package import RPC

/// Somebody who signed up and in for a test.
package struct Person: Sendable {
    /// Where they signed in.
    package let installation: Installation
    /// The address they signed up with.
    package let email: String
    /// Their password.
    package let password: String
    /// What signing in gave them.
    package let session: SignedIn

    /// Who they are.
    package var id: UUID { self.session.user.id }

    /// Options that make a call on their behalf.
    package var options: CallOptions { CallOptions(token: self.session.accessToken) }

    /// The same with an idempotency key.
    package func options(key: String) -> CallOptions {
        CallOptions(token: self.session.accessToken, idempotencyKey: key)
    }

    /// Signs in once more, which opens a session beside the first.
    package func signInAgain() async throws -> Person {
        let session = try await self.installation.client("identity").call(
            SignIn(identifier: self.email, password: self.password)
        )
        return Person(
            installation: self.installation,
            email: self.email,
            password: self.password,
            session: session
        )
    }

    /// Calls a service's unary method on their behalf.
    package func call<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        let service = M.contract.name.split(separator: ".")[0]
        return try await self.installation.client(String(service)).call(
            request, options: try await self.options(for: M.self))
    }

    /// Options that make calls of a method on their behalf, with a token for its service if it
    /// asks for one.
    package func options<M: Method>(for method: M.Type) async throws -> CallOptions {
        guard let audience = M.contract.access.audience else { return self.options }
        let issued = try await self.installation.client("identity").call(
            IssueToken(audience: TokenAudience(rawValue: audience)), options: self.options)
        return CallOptions(token: issued.accessToken)
    }
}

extension Installation {
    /// Signs somebody new up and in.
    package func newPerson() async throws -> Person {
        let name = UUID().uuidString.lowercased()
        let email = "\(name)@example.org"
        let password = "long enough, and of no list: \(name)"
        let identity = self.client("identity")
        _ = try await identity.call(
            SignUp(email: email, password: password, displayName: "Test Person")
        )
        let session = try await identity.call(SignIn(identifier: email, password: password))
        return Person(installation: self, email: email, password: password, session: session)
    }

    /// Signs the administrator in whom the set-up made.
    package func administrator() async throws -> Person {
        let file = self.directory.appendingPathComponent("administrator")
        let password = try String(contentsOf: file, encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let email = "administrator@steward.internal"
        let session = try await self.client("identity").call(
            SignIn(identifier: email, password: password)
        )
        return Person(installation: self, email: email, password: password, session: session)
    }
}
