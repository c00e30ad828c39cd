import Locks
import Logging
import Testing

import struct FoundationEssentials.Data
import struct FoundationEssentials.Date
import class FoundationEssentials.JSONDecoder

@testable import ServiceKit

@Suite("The service log")
struct ServiceLogTests {
    private let time = Date(timeIntervalSince1970: 1_700_000_000.25)

    private func line(
        _ message: String,
        _ metadata: Logger.Metadata = [:],
        level: Logger.Level = .info
    ) -> LogLine {
        LogLine(
            time: self.time,
            level: level,
            label: "identity",
            message: message,
            metadata: metadata
        )
    }

    private func decoded(_ line: LogLine) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(line.json.utf8))
    }

    @Test("A text line has time, level, logger, message and facts in order")
    func text() {
        let line = self.line("call finished", ["b": "two words", "a": "1"], level: .notice)
        #expect(
            line.text
                == "2023-11-14T22:13:20.250Z notice identity: call finished a=1 b=\"two words\""
        )
    }

    @Test("A JSON line is one object with the same facts, nested ones flattened")
    func json() throws {
        let line = self.line(
            "said \"hi\" \\ and left",
            ["peer": ["uid": "7", "names": ["a", "b"]], "code": .stringConvertible(5)]
        )
        #expect(
            try self.decoded(line) == [
                "time": "2023-11-14T22:13:20.250Z", "level": "info", "label": "identity",
                "message": "said \"hi\" \\ and left", "peer.uid": "7", "peer.names.0": "a",
                "peer.names.1": "b", "code": "5",
            ]
        )
        #expect(!line.json.contains("\n"))
    }

    @Test("A fact cannot take the place of the line's own fields")
    func ownFields() throws {
        let fields = try self.decoded(self.line("real", ["message": "forged", "level": "x"]))
        #expect(fields["message"] == "real")
        #expect(fields["level"] == "info")
        #expect(fields["metadata.message"] == "forged")
    }

    @Test(
        "Facts under a secret's key are never printed, at any depth",
        arguments: [
            "token", "accessToken", "password", "new_password", "client_secret", "Authorization",
            "body", "apiKey", "credentials", "cookie",
        ]
    )
    func secretKeys(key: String) {
        for metadata: Logger.Metadata in [
            [key: "hunter2"], ["outer": [key: "hunter2"]], [key: ["inner": "hunter2"]],
            [key: ["hunter2"]],
        ] {
            let line = self.line("x", metadata)
            #expect(!line.text.contains("hunter2"))
            #expect(!line.json.contains("hunter2"))
            #expect(line.text.contains(LogRedaction.mark))
        }
    }

    @Test("Tokens and passwords of connection strings are masked wherever they stand")
    func secretLooks() {
        let jwt = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJzdGV3YXJkIn0.c2lnbmF0dXJl"
        let refresh = "str_5cYh1vS0Gz5l0r6n3h1N0yQ8m2b7w4x9"
        let line = self.line(
            "got \(jwt), and (\(refresh))",
            ["x": "host=a password=hunter2 user=b", "y": "\(jwt)"]
        )
        for secret in [jwt, refresh, "hunter2"] { #expect(!line.json.contains(secret)) }
        #expect(line.text.contains("host=a"))
        let address = self.line("cannot reach postgresql://ada:hunter2@db/steward now").message
        #expect(address == "cannot reach postgresql://ada:\(LogRedaction.mark)@db/steward now")
        #expect(line.text.contains("user=b"))
        #expect(self.line("a string of str_ and eyJ").message == "a string of str_ and eyJ")
    }

    @Test(
        "No character can begin a second line, move the cursor or turn the line around",
        arguments: ["\n", "\r", "\r\n", "\u{1B}[31m", "\u{0}", "\u{85}", "\u{2028}", "\u{202E}"]
    )
    func injection(text: String) throws {
        let forged = "a\(text)2023-11-14T22:13:20Z info identity: forged"
        for line in [
            self.line(forged), self.line("m", ["k": "\(forged)"]), self.line("m", [forged: "v"]),
        ] {
            for output in [line.text, line.json] {
                let bad = output.unicodeScalars.contains { scalar in
                    scalar.value < 0x20 || scalar.value == 0x1B
                        || [0x85, 0x2028, 0x202E].contains(scalar.value)
                }
                #expect(!bad)
            }
            _ = try self.decoded(line)
        }
    }

    @Test("A value without end is cut")
    func bound() {
        let line = self.line(String(repeating: "é", count: 100_000))
        #expect(line.message.utf8.count <= LogLine.byteCountLimit + 8)
    }

    @Test("A logger writes one line per event, in the asked format, from the asked level on")
    func handler() {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "identity") { label in
            ServiceLogHandler(
                label: label,
                format: .json,
                level: .notice,
                output: LogOutput(goesToJournal: true) { line in lines.withLock { $0.append(line) }
                }
            )
        }
        logger[metadataKey: "service"] = "identity"
        logger.info("unseen")
        logger.warning("seen", metadata: ["call": "7"])
        let written = lines.withLock { $0 }
        #expect(written.count == 1)
        #expect(written.first?.hasPrefix("<4>{\"time\"") == true)
        #expect(written.first?.hasSuffix("\"call\":\"7\",\"service\":\"identity\"}\n") == true)
    }
}
