internal import IdentityAPI
internal import RPC
internal import Testing

@testable import IdentityService

@Suite("Identity's contracts")
struct ContractTests {
    /// Every method of the service under reflection.
    private static func descriptions() throws -> [MethodDescription] {
        [
            try MethodDescription(unary: SignUp.self), try MethodDescription(unary: SignIn.self),
            try MethodDescription(unary: RefreshSession.self),
            try MethodDescription(unary: SignOut.self), try MethodDescription(unary: GetMe.self),
            try MethodDescription(unary: UpdateProfile.self),
            try MethodDescription(unary: ChangePassword.self),
            try MethodDescription(unary: ListSessions.self),
            try MethodDescription(unary: RevokeSession.self),
            try MethodDescription(unary: RevokeAllSessions.self),
            try MethodDescription(unary: CreateUser.self),
            try MethodDescription(unary: GetUser.self),
            try MethodDescription(unary: ListUsers.self),
            try MethodDescription(unary: SetUserActive.self),
            try MethodDescription(unary: RevokeUserSessions.self),
            try MethodDescription(unary: ListRoles.self),
            try MethodDescription(unary: ListPermissions.self),
            try MethodDescription(unary: PutRole.self),
            try MethodDescription(unary: DeleteRole.self),
            try MethodDescription(unary: GrantRole.self),
            try MethodDescription(unary: RevokeRole.self),
            try MethodDescription(unary: GrantPermission.self),
            try MethodDescription(unary: RevokePermission.self),
            try MethodDescription(unary: ListSettings.self),
            try MethodDescription(unary: PutSetting.self),
            try MethodDescription(unary: ListSigningKeys.self),
            try MethodDescription(serverStream: WatchAccess.self),
        ]
    }

    /// Every object type within a type, with its fields.
    private static func objects(_ type: TypeDescription) -> [TypeDescription] {
        let inner =
            (type.fields ?? []).flatMap { Self.objects($0.type) }
            + (type.elements ?? []).flatMap(Self.objects)
        return (type.fields == nil ? [] : [type]) + inner
    }

    @Test("Every method records completely, with a sentence for every field")
    func documented() throws {
        for method in try Self.descriptions() {
            #expect(!method.documentation.isEmpty && method.documentation.hasSuffix("."))
            for type in [method.request, method.reply, method.element].compactMap({ $0 }) {
                for object in Self.objects(type) {
                    for field in object.fields ?? [] {
                        #expect(
                            field.documentation?.hasSuffix(".") == true,
                            "\(method.name): \(object.name ?? "?").\(field.name)")
                    }
                }
            }
        }
    }

    @Test("No documentation speaks of a field that is not there")
    func noGhosts() throws {
        func check<M: Method>(_ method: M.Type) throws {
            let fields = try TypeDescription(recording: method).fields ?? []
            #expect(Set(fields.map(\.name)) == Set(M.fieldDocumentation.keys), "\(M.self)")
        }
        func check<T: Decodable & DocumentedFields>(type: T.Type) throws {
            let fields = try TypeDescription(recording: type).fields ?? []
            #expect(Set(fields.map(\.name)) == Set(T.fieldDocumentation.keys), "\(T.self)")
        }
        try check(SignUp.self)
        try check(SignIn.self)
        try check(UpdateProfile.self)
        try check(CreateUser.self)
        try check(ListUsers.self)
        try check(PutRole.self)
        try check(type: User.self)
        try check(type: SignedIn.self)
        try check(type: Session.self)
        try check(type: Role.self)
        try check(type: Me.self)
        try check(type: SystemSetting.self)
        try check(type: Permission.self)
    }

    @Test("Every request refuses fields that it does not know")
    func unknownFields() throws {
        for method in try Self.descriptions() {
            #expect(method.unknownFields == .reject, "\(method.name)")
        }
    }

    @Test("Methods without a person are exactly those that cannot have one yet")
    func access() throws {
        let open = try Self.descriptions().filter { $0.access == "anyone" }.map(\.name)
        #expect(
            Set(open) == [
                "identity.SignUp", "identity.SignIn", "identity.RefreshSession",
                "identity.ListSigningKeys",
            ])
    }
}
