import Foundation
import ProcessTestSupport
import Testing

@Suite("Shell scripts")
struct ShellTests {
    private static let scripts = Repository.files.filter(\.isShell)

    @Test("bash reads every script without a complaint", arguments: Self.scripts.map(\.path))
    func scriptParses(path: String) async throws {
        let result = try await Repository.run("bash", "-n", path)
        #expect(result.status == 0, "\(result.output)")
    }

    @Test("A script that bash cannot read is found")
    func brokenScriptIsFound() async throws {
        let path = NSTemporaryDirectory() + "broken-\(UUID().uuidString).sh"
        try "if true; then".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try await Repository.run("bash", "-n", path).status != 0)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test("Every script that is run ends at the first error, and at a misspelt variable")
    func scriptsAreStrict() {
        let run = Self.scripts.filter { $0.text.hasPrefix("#!") }
        #expect(run.count >= 4)
        for script in run {
            // The supervisor outlives the failures of what it supervises.
            let mode =
                script.path.hasSuffix("supervise.sh") ? "set -uo pipefail" : "set -euo pipefail"
            #expect(script.lines.contains(mode), "\(script.path)")
            let mayRun = FileManager.default.isExecutableFile(
                atPath: "\(Repository.root)/\(script.path)"
            )
            #expect(mayRun, "\(script.path)")
        }
    }

    @Test("shellcheck, where it is installed, finds nothing")
    func shellcheckIsContent() async throws {
        let found = try await Repository.run("sh", "-c", "command -v shellcheck").status == 0
        guard found else { return }
        for script in Self.scripts {
            let result = try await Repository.run(
                "shellcheck", "-x", "-P", "deploy/lib", script.path
            )
            #expect(result.status == 0, "\(result.output)")
        }
    }
}
