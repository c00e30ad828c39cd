import Foundation
import ProcessTestSupport
import Testing

@Suite("Units for systemd")
struct UnitTests {
    private static let units = Repository.files.filter {
        $0.path.hasPrefix("deploy/systemd/") && $0.path.hasSuffix(".service")
    }

    @Test("Every service has a unit")
    func everyServiceHasOne() throws {
        let manifest = try #require(Repository.file("Package.swift")).text
        let programs = manifest.matches(of: /\.executable\(name: "(steward-\w+)"/)
            .map { "deploy/systemd/\($0.output.1).service" }
        #expect(programs.count >= 4)
        #expect(Set(Self.units.map(\.path)) == Set(programs))
    }

    @Test("What a unit starts is a command of the program, with options that it has")
    func commandsExist() {
        for unit in Self.units {
            let words = Self.start(unit.text)
            #expect(words.count >= 2)
            #expect(Self.unknown(words) == [], "\(unit.path)")
            // A unit starts its own program, as its own user.
            let name = unit.path.split(separator: "/").last?.dropLast(".service".count) ?? ""
            #expect(words.first?.hasSuffix("/\(name)") == true, "\(unit.path)")
            for line in ["User=\(name)", "Group=\(name)"] {
                #expect(unit.lines.contains(line), "\(unit.path): \(line)")
            }
        }
    }

    @Test("A command or an option that does not exist is found")
    func unknownIsFound() {
        #expect(Self.unknown(["/a/steward-vault", "servee"]) == ["servee"])
        #expect(
            Self.unknown(["/a/steward-vault", "serve", "--confg", "/a"]) == ["--confg"])
        #expect(
            Self.unknown(["/a/steward-vault", "serve", "--config=/a"]) == [])
    }

    @Test("Every credential that a unit gives is one that the program asks for")
    func credentialsAreKnown() {
        var count = 0
        for unit in Self.units {
            for line in unit.lines where line.hasPrefix("LoadCredential") {
                let name = line.split(separator: "=")[1].split(separator: ":")[0]
                let isAsked = Repository.files.contains {
                    $0.path.hasPrefix("Services/") && $0.path.hasSuffix(".swift")
                        && $0.text.contains("credentialName = \"\(name)\"")
                }
                #expect(isAsked, "\(unit.path): \(name)")
                #expect(line.hasPrefix("LoadCredentialEncrypted="), "\(unit.path)")
                count += 1
            }
        }
        #expect(count == 3)
    }

    @Test("Every unit is hardened")
    func hardened() {
        for unit in Self.units {
            for line in [
                "Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict", "LimitCORE=0",
                "LimitMEMLOCK=64M", "CapabilityBoundingSet=", "RestartPreventExitStatus=78",
                "SystemCallFilter=@system-service", "UMask=0077",
            ] { #expect(unit.lines.contains(line), "\(unit.path): \(line)") }
            #expect(!unit.text.contains("KillMode="), "\(unit.path)")
        }
    }

    @Test("Every setting that the units' README names exists")
    func settingsExist() throws {
        let text = try #require(Repository.file("deploy/systemd/README.md")).text
        let names = Set(text.matches(of: /STEWARD_[A-Z_]+/).map { String($0.output) })
        #expect(names.count >= 3)
        for name in names {
            let isSetting = Repository.files.contains {
                $0.path.hasSuffix(".swift") && !$0.path.hasPrefix("Tests/")
                    && $0.text.contains("\"\(name)\"")
            }
            #expect(isSetting, "\(name)")
        }
    }

    @Test("systemd-analyze, where it is installed, finds nothing")
    func systemdIsContent() async throws {
        let found = try await Repository.run("sh", "-c", "command -v systemd-analyze").status == 0
        guard found else { return }
        let directory = NSTemporaryDirectory() + "units-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        // What is left in the system's folder of temporary files does no harm.
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for unit in Self.units {
            // The program is not installed here.
            let text = unit.lines.map {
                $0.hasPrefix("ExecStart=") ? "ExecStart=/bin/true" : $0
            }.joined(separator: "\n")
            let path = "\(directory)/\(unit.path.split(separator: "/").last ?? "")"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let result = try await Repository.run("systemd-analyze", "verify", path)
            #expect(result.status == 0 && result.output.isEmpty, "\(result.output)")
        }
    }

    /// The words of what a unit starts.
    private static func start(_ unit: String) -> [String] {
        let line = unit.split(separator: "\n").first { $0.hasPrefix("ExecStart=") }
        return line?.dropFirst("ExecStart=".count).split(separator: " ").map(String.init) ?? []
    }

    /// Commands and options that the program does not declare.
    private static func unknown(_ words: [String]) -> [String] {
        let program = words[0].split(separator: "/").last.map(String.init) ?? ""
        var unknown: [String] = []
        if !ReadmeTests.exists("\(program) \(words[1])") { unknown.append(words[1]) }
        let options = words.dropFirst(2).filter { $0.hasPrefix("--") }
            .map { String($0.split(separator: "=")[0]) }
        for option in options {
            let name = option.dropFirst(2)
            let isDeclared = Repository.files.contains {
                $0.path.hasPrefix("Shared/ServiceKit/Lifecycle/")
                    && $0.text.contains(".customLong(\"\(name)\")")
            }
            if !isDeclared { unknown.append(option) }
        }
        return unknown
    }
}
