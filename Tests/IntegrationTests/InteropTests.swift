import Foundation
import ProcessTestSupport
import StewardTestSupport
import Testing

@Suite("A client in another language")
struct InteropTests {
    @Test("The Python client, written from PROTOCOL.md alone, does all that it promises")
    func pythonClient() async throws {
        let installation = try await Installation.shared()
        let script = TestSettings.root.appendingPathComponent("Tests/Interop/interop.py")
        let outcome = try await Program.run(
            TestSettings.interopPython,
            ["-B", script.path, installation.runtimeDirectory.path]
        )
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.hasSuffix("all held\n"), "\(outcome.output)")
    }
}
