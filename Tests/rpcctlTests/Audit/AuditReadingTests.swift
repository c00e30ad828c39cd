import AuditTestSupport
import Foundation
import Testing
import TransparencyLog

@testable import rpcctl

@Suite("The audit log read, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct AuditReadingTests {
    @Test("The newest events are rows, the newest last, over as many pages as it takes")
    func log() async throws {
        let audit = try await AuditLab()
        let result = try await audit.lab.run("audit", "log", "--limit", "9")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.lines.count == 10)
        #expect(result.lines[0].hasPrefix("TIME"))
        #expect(result.lines[1].contains("Ada 11"))
        #expect(result.lines[9].contains("access_denied"))
        #expect(result.lines[9].contains("user:19"))
        let some = try await audit.lab.run(
            "audit", "log", "--action", "signed_in", "--format", "json")
        #expect(some.lines.count == 10)
        #expect(some.lines.last?.contains("\"logIndex\":18") == true)
        await audit.stop()
    }

    @Test("What comes is shown from behind the last event on, until Ctrl-C")
    func follow() async throws {
        let audit = try await AuditLab()
        let command = try audit.lab.start("audit", "log", "--limit", "2", "--follow")
        await command.expect("user:21")
        command.send(signal: SIGINT)
        let result = await command.result()
        #expect(result.status == 130)
        #expect(result.lines.count == 5)
        #expect(result.lines[1].contains("user:18") && result.lines[3].contains("user:20"))
        await audit.stop()
    }

    @Test("An action that nobody records is answered with the one that was meant")
    func unknown() async throws {
        let audit = try await AuditLab()
        let result = try await audit.lab.run("audit", "log", "--action", "signed_inn")
        #expect(result.status == 64)
        #expect(result.errors.contains("did you mean “signed_in”?"))
        await audit.stop()
    }

    @Test("An export is a line of JSON each, oldest first, in a file for its owner only")
    func export() async throws {
        let audit = try await AuditLab()
        let result = try await audit.lab.run("audit", "export")
        #expect(result.lines.count == 20)
        #expect(result.lines[0].contains("\"logIndex\":0"))
        let path = audit.path("export")
        let file = try await audit.lab.run("audit", "export", "--output", path)
        #expect(file.output == "20 events written to \(path).\n")
        let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        #expect(text == result.output)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let again = try await audit.lab.run("audit", "export", "--output", path)
        #expect(again.status == 64)
        await audit.stop()
    }

    @Test("A checkpoint is printed as the note it is")
    func checkpoint() async throws {
        let audit = try await AuditLab()
        let result = try await audit.lab.run("audit", "checkpoint")
        let note = try audit.state.withLock { try $0.signed.note(size: 20).bytes }
        #expect(result.output == String(decoding: note, as: UTF8.self))
        await audit.stop()
    }
}

@Suite("A moment on the command line")
struct MomentArgumentTests {
    @Test("It is a time, a day, or how long ago it was")
    func forms() {
        let now = Date(timeIntervalSince1970: 1_000_000)
        #expect(MomentArgument("1970-01-02", now: now)?.date.timeIntervalSince1970 == 86_400)
        #expect(
            MomentArgument("1970-01-01T00:00:01.5Z", now: now)?.date.timeIntervalSince1970 == 1.5)
        #expect(MomentArgument("2h", now: now)?.date == now - 7200)
        #expect(MomentArgument("7d", now: now)?.date == now - 7 * 86_400)
        for text in ["", "d", "yesterday", "-1d", "nand", "1970-13-01"] {
            #expect(MomentArgument(text, now: now) == nil, "\(text)")
        }
    }
}
