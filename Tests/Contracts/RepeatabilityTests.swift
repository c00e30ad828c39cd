import RPC
import Testing

@testable import rpcctl

/// What each method says of being called twice, against what it does.
@Suite("What callers may repeat")
struct RepeatabilityTests {
    /// Methods that change something and say that twice is the same as once, also without a key.
    private static let idempotent: Set<String> = [
        "identity.SignUp", "identity.RefreshSession", "identity.IssueToken", "identity.SignOut",
        "identity.UpdateProfile",
        "identity.RevokeSession", "identity.RevokeAllSessions", "identity.SetUserActive",
        "identity.RevokeUserSessions", "identity.PutRole", "identity.DeleteRole",
        "identity.GrantRole", "identity.RevokeRole", "identity.GrantPermission",
        "identity.RevokePermission", "identity.PutSetting", "conversations.RenameConversation",
        "conversations.ArchiveConversation", "conversations.PinConversation",
        "conversations.UpdateConversation", "conversations.DeleteConversation",
        "conversations.SelectBranch", "conversations.ImportConversations", "audit.AppendEntries",
        "audit.SetRetention", "audit.ReleaseHold", "audit.ReportMetrics",
        "vault.RotateSealingKey", "vault.DestroyEpoch", "vault.UpdateSecret",
        "vault.DeleteSecret", "vault.UndeleteSecret", "vault.PutSecretVersion",
        "vault.MoveSecretLabel", "vault.DeleteSecretVersion", "vault.UndeleteSecretVersion",
        "vault.DestroySecret", "vault.ApproveDestruction", "vault.RotateSecret",
        "vault.UpdateConnection", "vault.DeleteConnection", "rotation.MakeValue",
        "rotation.SetValue", "rotation.ConfirmValue",
    ]
    /// Methods that would do it again without a key; tests of each service call them twice with
    /// one.
    private static let keyed: Set<String> = [
        "identity.CreateUser", "conversations.CreateConversation", "conversations.AppendMessage",
        "conversations.EditMessage", "audit.ReportActivity", "audit.ErasePayloads",
        "audit.PlaceHold", "audit.PutMetric", "vault.CreateSecret", "vault.CreateConnection",
    ]
    /// Methods that nobody may repeat without knowing how the first call ended, and why not.
    private static let never = [
        "identity.SignIn": "a second one opens a second session, and its answer is a credential",
        "identity.ChangePassword": "its request is credentials, of which no digest is kept",
    ]
    /// Methods whose answer carries a credential.
    private static let credentials: Set<String> = [
        "identity.SignIn", "identity.RefreshSession", "identity.IssueToken",
    ]

    private static func methods() async throws -> [MethodDescription] {
        var methods: [MethodDescription] = []
        for service in ["identity", "conversations", "audit", "vault", "rotation", "rpc"] {
            methods += try await OfferedContracts.today(service).services[service] ?? []
        }
        return methods
    }

    @Test("Every method that changes something is idempotent, takes a key, or is never repeated")
    func declared() async throws {
        let methods = try await Self.methods()
        func names(_ repeatability: Repeatability) -> Set<String> {
            Set(methods.filter { $0.repeatability == repeatability }.map(\.name))
        }
        #expect(names(.idempotent) == Self.idempotent)
        #expect(names(.withKey) == Self.keyed)
        #expect(names(.never) == Set(Self.never.keys))
        #expect(methods.count > 40)
        // What is left says that it changes nothing: it is called so, and records no change.
        let verbs = [
            "Get", "List", "Search", "Watch", "Export", "Query", "Read", "Prove", "Check",
            "Describe", "Health", "Echo", "Statistics",
        ]
        for method in methods where method.repeatability == .readOnly {
            let name = method.name.split(separator: ".").last ?? ""
            #expect(verbs.contains { name.hasPrefix($0) }, "\(method.name)")
        }
    }

    @Test("An answer is kept of what changes something and of nothing that carries a credential")
    func answers() async throws {
        for method in try await Self.methods() {
            switch method.repeatability {
            case .readOnly: #expect(method.keyedAnswer == nil, "\(method.name)")
            case .withKey: #expect(method.keyedAnswer == .kept, "\(method.name)")
            case .never: #expect(method.keyedAnswer != .kept, "\(method.name)")
            case .idempotent: break
            }
            if method.keyedAnswer == .kept {
                #expect(method.shape == .unary, "\(method.name)")
                #expect(method.access != "anyone", "\(method.name)")
            }
            let secrets = [method.reply, method.element].compactMap { $0 }.flatMap(Self.secrets)
            let isCredential = method.keyedAnswer == .credential
            #expect(isCredential == Self.credentials.contains(method.name), "\(method.name)")
            #expect(isCredential == !secrets.isEmpty, "\(method.name): \(secrets)")
        }
    }

    @Test("A field that carries a credential is found by its name, wherever it is")
    func secretsAreFound() throws {
        struct Inner: Codable { var apiKey: String }
        struct Outer: Codable {
            var list: [Inner]
            var nextPageToken: String?
        }
        let type = try TypeDescription(recording: Outer.self)
        #expect(Self.secrets(type) == ["apiKey"])
    }

    /// The fields of a type, at any depth, whose names speak of a credential.
    private static func secrets(_ type: TypeDescription) -> [String] {
        let words = ["token", "password", "secret", "apikey", "recoverycode", "privatekey"]
        let fields = type.fields ?? []
        // Neither a time nor a number of tokens is a secret, nor is where a page begins.
        let own = fields.filter { field in
            let isCredential = words.contains { field.name.lowercased().contains($0) }
            return isCredential && [.string, .bytes].contains(field.type.kind)
                && field.name != "nextPageToken"
        }
        return own.map(\.name) + fields.flatMap { Self.secrets($0.type) }
            + (type.elements ?? []).flatMap(Self.secrets)
    }
}
