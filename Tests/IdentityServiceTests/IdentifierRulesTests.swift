internal import RPC
internal import Testing

@testable import IdentityService

@Suite("Names that people sign in with")
struct IdentifierRulesTests {
    @Test(
        "Addresses that could be somebody's are taken",
        arguments: [
            "a@b", "ada@example.org", "Ada.Lovelace+x@Example.ORG", "o'neil@example.org",
            "用户@例子.公司", "\u{FC}mlaut@example.org", "  padded@example.org ",
        ])
    func goodAddresses(text: String) throws {
        _ = try IdentifierRules.checkEmail(text)
    }

    @Test(
        "What could not be an address, or be mistaken for another, is refused",
        arguments: [
            "", "a", "@", "a@", "@b", "a@@b", "a@b@c", "a b@c", "a@b..c", "a@.b", "a@b.",
            "a\0@b", "a\n@b", "a@b\u{200B}", "<a@b>", "a,b@c", "\u{202E}a@b",
            String(repeating: "x", count: 253) + "@b",
        ])
    func badAddresses(text: String) {
        #expect(throws: RPCError.self) { try IdentifierRules.checkEmail(text) }
    }

    @Test("An address has at most 254 code points")
    func addressLimit() throws {
        _ = try IdentifierRules.checkEmail(String(repeating: "x", count: 252) + "@b")
        #expect(throws: RPCError.self) {
            try IdentifierRules.checkEmail(String(repeating: "x", count: 253) + "@b")
        }
    }

    @Test("Letter case and normal form do not make another name")
    func keys() {
        #expect(IdentifierRules.key("Ada@Example.org") == "ada@example.org")
        let composed = IdentifierRules.key("\u{C9}mile@x")
        let decomposed = IdentifierRules.key("E\u{301}MILE@X")
        #expect(Array(composed.utf8) == Array(decomposed.utf8))
    }

    @Test("A user name has 3 to 64 of a few characters and is never an address")
    func usernames() throws {
        #expect(try IdentifierRules.checkUsername(" Ada.L_1-x ") == "ada.l_1-x")
        #expect(try IdentifierRules.checkUsername("abc") == "abc")
        _ = try IdentifierRules.checkUsername(String(repeating: "a", count: 64))
        let tooLong = String(repeating: "a", count: 65)
        for bad in ["", "ab", ".ab", "_ab", "a@b", "ab c", "äbc", tooLong] {
            #expect(throws: RPCError.self) { try IdentifierRules.checkUsername(bad) }
        }
    }

    @Test("Texts are trimmed, bounded and free of control characters")
    func texts() throws {
        #expect(
            try TextRules.check("  Ada  ", field: "displayName", range: 1...200) == "Ada")
        #expect(try TextRules.checkOptional("   ", field: "x", atMost: 5) == nil)
        #expect(try TextRules.checkOptional(nil, field: "x", atMost: 5) == nil)
        for bad in ["", "  ", "a\u{7}b", "a\0b", String(repeating: "a", count: 201)] {
            #expect(throws: RPCError.self) {
                try TextRules.check(bad, field: "displayName", range: 1...200)
            }
        }
    }

    @Test("Telephone numbers keep the form they were given in")
    func phones() throws {
        #expect(try TextRules.checkPhone(" +49 (30) 12-34/5.6 ") == "+49 (30) 12-34/5.6")
        #expect(try TextRules.checkPhone("") == nil)
        for bad in ["12", "abc", "+49x123", String(repeating: "1", count: 33)] {
            #expect(throws: RPCError.self) { try TextRules.checkPhone(bad) }
        }
    }

    @Test("Permissions are resource:action, and only everything has no resource")
    func permissions() throws {
        for good in ["users:read", "a:b", "users:*", "*:*", "x_1:y_2"] {
            #expect(try PermissionName(good).text == good)
        }
        for bad in [
            "", ":", "users", "users:", ":read", "*:read", "Users:read", "a:b:c", "a b:c",
            "1a:b", "users:rea d", String(repeating: "a", count: 64) + ":b",
        ] {
            #expect(throws: RPCError.self) { try PermissionName(bad) }
        }
    }

    @Test("Who grants must hold what is granted")
    func cover() throws {
        try RoleRules.requireCover(held: ["*:*"], wanted: ["a:b", "*:*"])
        try RoleRules.requireCover(held: ["a:*"], wanted: ["a:b", "a:*"])
        try RoleRules.requireCover(held: ["a:b"], wanted: [])
        let pairs = [(["a:b"], "a:*"), (["a:*"], "*:*"), ([], "a:b"), (["a:b"], "a:c")]
        for (held, wanted) in pairs {
            #expect(throws: RPCError.self) {
                try RoleRules.requireCover(held: held, wanted: [wanted])
            }
        }
    }
}
