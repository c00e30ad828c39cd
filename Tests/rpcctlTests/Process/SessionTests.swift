import Foundation
import Testing

@testable import rpcctl

@Suite("Signing in, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct SessionTests {
    @Test("A password from standard input signs in; the tokens are kept for the owner only")
    func signIn() async throws {
        let lab = try await Lab()
        let result = try await lab.run(
            "sign-in", "--identifier", "ada@example.org", input: Lab.password + "\n")
        #expect(result.output == "Signed in as Ada Lovelace <ada@example.org> · context default\n")
        #expect(result.status == 0)
        let path = lab.directory.path + "/.local/state/steward/rpcctl/default.json"
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let me = try await lab.run("whoami")
        #expect(me.output.contains("e-mail       ada@example.org"))
        #expect(me.output.contains("users:read"))
        await lab.stop()
    }

    @Test("A wrong password is 116 and keeps nothing")
    func wrong() async throws {
        let lab = try await Lab()
        let result = try await lab.run(
            "sign-in", "--identifier", "ada@example.org", input: "wrong\n")
        #expect(result.status == 116)
        #expect(result.errors.contains("identity.credentials_invalid"))
        let me = try await lab.run("whoami")
        #expect(me.status == 116)
        #expect(me.errors.contains("You are not signed in."))
        #expect(me.errors.contains("rpcctl sign-in"))
        await lab.stop()
    }

    @Test("No answer shows a token, in no format")
    func secrecy() async throws {
        let lab = try await Lab()
        for format in ["table", "json", "pretty", "diag"] {
            let result = try await lab.run(
                "sign-in", "--identifier", "ada@example.org", "--format", format,
                input: Lab.password)
            #expect(result.status == 0)
            #expect(!(result.output + result.errors).contains("token-"), "\(format)")
        }
        await lab.stop()
    }

    @Test("At a terminal the password is asked for and not shown")
    func prompt() async throws {
        let lab = try await Lab()
        let command = try lab.startOnTerminal("sign-in", "--identifier", "ada@example.org")
        await command.expect("Password for ada@example.org: ")
        command.type(Lab.password + "\n")
        let result = await command.result()
        #expect(result.status == 0)
        #expect(!result.output.contains("battery"), "\(result.output)")
        #expect(result.output.contains("Signed in as"))
        await lab.stop()
    }

    @Test("Ctrl-C at the prompt is 130 and gives the terminal its echo back")
    func promptInterrupted() async throws {
        let lab = try await Lab()
        let command = try lab.startOnTerminal("sign-in", "--identifier", "ada@example.org")
        await command.expect("Password for ada@example.org: ")
        command.type("\u{3}")
        #expect(await command.result().status == 130)
        await lab.stop()
    }

    @Test("The token goes to methods that ask who is calling, and to no others")
    func token() async throws {
        let lab = try await Lab()
        let words = ["folderID=0199a0f0-0000-7000-8000-000000000001", "mode=copy", "tags:=[]"]
        let without = try await lab.run("call", "lab.Archive", words[0], words[1], words[2])
        #expect(without.status == 116)
        #expect(without.errors.contains("rpcctl sign-in"))
        try await lab.signIn()
        let with = try await lab.run("call", "lab.Archive", words[0], words[1], words[2])
        #expect(with.output == "{\"archivedAt\":\"2013-03-21T20:04:00Z\"}\n")
        let refused = try await lab.run(
            "call", "lab.Archive", words[0], words[1], words[2], "--no-token")
        #expect(refused.status == 116)
        // The lab refuses a token where none is needed.
        #expect(try await lab.run("call", "lab.Repeat", "text=a").status == 0)
        await lab.stop()
    }

    @Test("A token that a service refuses is renewed, and the call made again")
    func renewed() async throws {
        let lab = try await Lab()
        try await lab.signIn()
        lab.tokens.expire()
        let me = try await lab.run("whoami")
        #expect(me.status == 0, "\(me.errors)")
        lab.tokens.expire()
        let words = ["folderID=0199a0f0-0000-7000-8000-000000000001", "mode=copy", "tags:=[]"]
        let call = try await lab.run("call", "lab.Archive", words[0], words[1], words[2])
        #expect(call.status == 0, "\(call.errors)")
        #expect(lab.tokens.refreshCount == 2)
        await lab.stop()
    }

    @Test("Eight processes whose token is about to end renew it once")
    func parallel() async throws {
        let lab = try await Lab(lifetime: 20)
        try await lab.signIn()
        let statuses = try await withThrowingTaskGroup(of: Int32.self) { group in
            for _ in 0..<8 { group.addTask { try await lab.run("whoami").status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 0, count: 8))
        #expect(lab.tokens.refreshCount == 1)
        await lab.stop()
    }

    @Test("A session that was revoked is forgotten, and one is told to sign in")
    func revoked() async throws {
        let lab = try await Lab(lifetime: 20)
        try await lab.signIn()
        lab.tokens.end()
        let result = try await lab.run("whoami")
        #expect(result.status == 116)
        #expect(result.errors.contains("Your session has ended: It was revoked."))
        await lab.stop()
    }

    @Test("Signing out ends the session there and removes the tokens here")
    func signOut() async throws {
        let lab = try await Lab()
        try await lab.signIn()
        let result = try await lab.run("sign-out")
        #expect(result.output == "Signed out.\n")
        #expect(lab.tokens.isEnded)
        #expect(try await lab.run("sign-out").status == 116)
        await lab.stop()
    }
}
