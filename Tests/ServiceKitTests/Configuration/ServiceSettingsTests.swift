import Logging
import Sodium
import Testing

@testable import ServiceKit

@Suite("Service settings")
struct ServiceSettingsTests {
    @Test("Without any source every setting has its default, and every default is a value")
    func defaults() throws {
        let settings = try ServiceSettings(environment: [:])
        #expect(settings[.runtimeDirectory] == "/run/steward")
        #expect(settings[.socketMode] == 0o660)
        #expect(settings[.logLevel] == .info)
        #expect(settings[.accessTolerance] == .seconds(10))
        #expect(settings[.databaseConnections] == 8)
        #expect(settings[.peer("identity")].isEmpty)
    }

    @Test("The environment comes before the file, the file before a credential")
    func precedence() throws {
        let directory = try TemporaryDirectory()
        try directory.write("steward.conf", "STEWARD_DATABASE = from file\nSTEWARD_LOG_LEVEL=debug")
        try directory.write("steward-database", "from credential\n", mode: 0o400)
        try directory.write("steward-owner-database", "owner\n", mode: 0o400)
        let environment = [
            "STEWARD_CREDENTIALS_DIRECTORY": directory.path, "STEWARD_LOG_LEVEL": "trace",
        ]
        let settings = try ServiceSettings(
            file: "\(directory.path)/steward.conf",
            environment: environment
        )
        #expect(settings[.database] == "from file")
        #expect(settings[.logLevel] == .trace)
        #expect(settings[.ownerDatabase] == "owner")
    }

    @Test(
        "A malformed value is an error that names its key, also where a default exists",
        arguments: [
            ("STEWARD_SOCKET_MODE", "0999"), ("STEWARD_SOCKET_MODE", "rw"),
            ("STEWARD_LOG_LEVEL", "loud"), ("STEWARD_LOG_FORMAT", ""),
            ("STEWARD_DATABASE_CONNECTIONS", "0"), ("STEWARD_DATABASE_CONNECTIONS", "many"),
            ("STEWARD_DATABASE_PIPELINES", "101"), ("STEWARD_ACCESS_TOLERANCE", "10"),
            ("STEWARD_ACCESS_TOLERANCE", "1s"), ("STEWARD_ACCESS_TOLERANCE", "99999999999999999h"),
            ("STEWARD_DRAIN_GRACE", "-1s"), ("STEWARD_RUNTIME_DIRECTORY", "run"),
            ("STEWARD_LISTEN_TCP", "0.0.0.0:7100"), ("STEWARD_LISTEN_TCP", "localhost"),
            ("STEWARD_PEER_IDENTITY", "nonsense"), ("STEWARD_PEER_USERS", "operator"),
        ]
    )
    func malformed(key: String, text: String) throws {
        let error = #expect(throws: StartupError.self) {
            try ServiceSettings(environment: [key: text])
        }
        #expect(error?.exitCode == 78)
        #expect(error?.description.contains(key) == true)
    }

    @Test("A malformed secret is not shown in the error or the listing")
    func secrets() throws {
        let key = Setting<Int>(
            "STEWARD_TEST_PIN",
            kind: "digits",
            default: "0",
            "A secret.",
            isSecret: true
        ) { text throws(SettingProblem) in
            guard let number = Int(text) else { throw SettingProblem("is not digits") }
            return number
        }.key
        let error = #expect(throws: StartupError.self) {
            try ServiceSettings(keys: [key], environment: ["STEWARD_TEST_PIN": "hunter2"])
        }
        #expect(error?.description.contains("hunter2") == false)
        let settings = try ServiceSettings(
            keys: [key],
            environment: ["STEWARD_TEST_PIN": "4711", "STEWARD_DATABASE": "host=x"]
        )
        let listing = settings.listing.joined(separator: "\n")
        #expect(!listing.contains("4711"))
        #expect(!listing.contains("host=x"))
        #expect(listing.contains("STEWARD_TEST_PIN = (secret)  [environment]"))
    }

    @Test(
        "A malformed line of the file is an error that names the file and the line",
        arguments: [
            ("no equals sign", "line 2"), ("lower = 1", "line 2"), ("STEWARD_X = \"open", "line 2"),
            ("FIRST = again", "line 2"), ("=", "line 2"),
        ]
    )
    func malformedFile(line: String, place: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("steward.conf", "FIRST = 1\n\(line)\n")
        let error = #expect(throws: StartupError.self) {
            try ServiceSettings(file: "\(directory.path)/steward.conf", environment: [:])
        }
        #expect(error?.description.contains("steward.conf") == true)
        #expect(error?.description.contains(place) == true)
    }

    @Test("A file that is named and missing is an error")
    func missingFile() {
        let error = #expect(throws: StartupError.self) {
            try ServiceSettings(environment: ["STEWARD_CONFIGURATION_FILE": "/nonexistent/x"])
        }
        #expect(error?.description.contains("/nonexistent/x") == true)
    }

    @Test("Comments, empty lines, quotes and carriage returns are understood")
    func fileForm() throws {
        let file = try SettingsFile(
            text: "# comment\r\n\r\nA = 1\r\nB=\"two words \"\nC = # not a comment\n",
            path: "x"
        )
        #expect(file.values == ["A": "1", "B": "two words ", "C": "# not a comment"])
    }

    @Test("Misspelt keys of the file are reported, those of other services are not")
    func unknownKeys() throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "steward.conf",
            "STEWARD_LOG_LEVL=debug\nSTEWARD_VAULT_KEYRING=/x\nPATH=/bin\n"
        )
        let settings = try ServiceSettings(
            file: "\(directory.path)/steward.conf",
            environment: [:]
        )
        #expect(settings.unknownKeys == ["STEWARD_LOG_LEVL"])
    }

    @Test(
        "Durations are read with their unit",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("5 m", .seconds(300)),
            ("2h", .seconds(7_200)), ("14d", .seconds(1_209_600)), ("0s", .zero),
        ]
    )
    func durations(text: String, duration: Duration) {
        #expect(Duration(setting: text) == duration)
    }

    @Test(
        "What is no duration is not read",
        arguments: ["", "s", "10", "-1s", "1.5s", "1w", "1s2", "٣s", "9223372036854775807d"]
    )
    func noDurations(text: String) {
        #expect(Duration(setting: text) == nil)
    }
}

@Suite("Credentials")
struct CredentialsTests {
    @Test("A credential is read into locked memory; a missing one is none")
    func reading() throws {
        let directory = try TemporaryDirectory()
        try directory.write("key", "\u{1}\u{2}", mode: 0o400)
        let credentials = CredentialsDirectory(path: directory.path)
        let secret = try credentials.secret(named: "key")
        let bytes = secret?.withUnsafeBytes { Array($0) }
        #expect(bytes == [1, 2])
        let missing = try credentials.secret(named: "other") == nil
        #expect(missing)
        let none = try CredentialsDirectory(path: nil).secret(named: "key") == nil
        #expect(none)
    }

    @Test("A credential that others could read or change is refused", arguments: [0o404, 0o420])
    func openness(mode: Int) throws {
        let directory = try TemporaryDirectory()
        try directory.write("key", "secret", mode: UInt32(mode))
        let error = #expect(throws: StartupError.self) {
            _ = try CredentialsDirectory(path: directory.path).secret(named: "key")
        }
        #expect(error?.description.contains("\(directory.path)/key") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("A credential of more than 64 KiB is refused")
    func size() throws {
        let directory = try TemporaryDirectory()
        try directory.write("key", String(repeating: "x", count: 65_537), mode: 0o400)
        #expect(throws: StartupError.self) {
            _ = try CredentialsDirectory(path: directory.path).secret(named: "key")
        }
    }
}
