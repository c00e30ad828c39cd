import RPC
import Testing
import Wire

@testable import rpcctl

@Suite("Pages")
struct PageTests {
    private static func description() throws -> MethodDescription {
        try MethodDescription(unary: Archive.self)
    }

    @Test("A page says what a key does where a call may be repeated without one, or may not be")
    func keyedAnswers() throws {
        var method = try Self.description()
        func page() -> String { MethodPage(style: .plain, columnCount: nil).text(method) }
        #expect(!page().contains("with a key"))
        method.repeatability = .idempotent
        #expect(page().contains("with a key       done once, and answered alike each time\n"))
        method.keyedAnswer = .credential
        #expect(page().contains("with a key       the same as without: the answer carries a cred"))
        method.keyedAnswer = nil
        #expect(!page().contains("with a key"))
    }

    @Test("A method's page tells its rules, fields, reply and how to call it")
    func method() throws {
        let text = MethodPage(style: .plain, columnCount: nil).text(try Self.description())
        #expect(
            text == """
                lab.Archive
                Archives a folder.

                  who may call it  signed in
                  shape            one request, one reply
                  may be repeated  with the same idempotency key
                  time limit       5 s
                  audited as       archived
                  unknown fields   refused

                Request
                  folderID    uuid                   Which folder.
                  mode        enumeration            How. One of copy, move.
                  depth       integer      optional  How deep.
                  tags        [string]               Labels to add.
                  owner       Owner        optional  Whose it becomes.
                    name      string                 The owner's name.
                    since     date         optional  Since when.

                Reply
                  archivedAt  date                   When it was done.

                Call it
                  rpcctl call lab.Archive folderID=UUID mode=copy tags[]=TEXT

                Or with --json @file
                  {
                    "folderID": "00000000-0000-0000-0000-000000000000",
                    "mode": "copy",
                    "depth": null,
                    "tags": [""],
                    "owner": null
                  }

                """)
    }

    @Test("A failure is one line, its facts and its hints")
    func failure() {
        var failure = CommandFailure(
            RPCError(
                .notFound, reason: "lab.missing", message: "There is no such\u{1B} folder.",
                retry: .after(.seconds(2)), details: ["folder": "7"]))
        failure.hints = ["look elsewhere"]
        #expect(
            FailureReport(failure: failure).text(style: .plain) == """
                error: There is no such\\u{1b} folder. (lab.missing)
                  folder: 7
                  It was not processed: try again in 2 s.
                  hint: look elsewhere

                """)
        #expect(
            FailureReport(failure: failure).json() == """
                {"error":{"code":"not_found","reason":"lab.missing",\
                "message":"There is no such\\u001b folder.","details":{"folder":"7"},\
                "retry":{"afterMilliseconds":2000},"hints":["look elsewhere"],"exitCode":105}}

                """)
    }

    @Test("The exit codes' page names every one")
    func exitCodes() {
        let text = ExitStatus.helpText
        for status in [
            ExitStatus.success, .unspecified, .usage, .invalidRequest, .unreachable,
            .protocolFailure, .socketForbidden, .configuration, .deadline, .interrupted,
        ] {
            #expect(text.contains("  \(status.number) "), "\(status.number)")
        }
        #expect(text.contains("105  not_found"))
        #expect(text.contains("116  unauthenticated"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 78 })
    }
}
