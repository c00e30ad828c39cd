import Foundation
import Testing

@testable import rpcctl

@Suite("Snapshots and differences, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct DiffTests {
    @Test("A snapshot of what runs is no different from it")
    func same() async throws {
        let lab = try await Lab()
        let snapshot = try await lab.run("snapshot")
        #expect(snapshot.status == 0, "\(snapshot.errors)")
        #expect(snapshot.output.contains("\"name\": \"lab.Archive\""))
        lab.directory.write(snapshot.output, to: "old.json")
        let file = lab.directory.path + "/old.json"
        let all = try await lab.run("diff", file)
        #expect(all.status == 0 && all.output == "Nothing has changed.\n", "\(all)")
        let one = try await lab.run("diff", file, "lab", "--format", "json")
        #expect(one.status == 0 && one.output == "{\"breaking\":false,\"changes\":[]}\n")
        let piped = try await lab.run("diff", "-", "lab", input: snapshot.output)
        #expect(piped.status == 0, "\(piped.errors)")
        let address = "unix:" + lab.socket("lab")
        #expect(try await lab.run("diff", "lab", address).status == 0)
        await lab.stop()
    }

    @Test("A change that breaks callers is 3 and says what it is")
    func breaking() async throws {
        let lab = try await Lab()
        let snapshot = try await lab.run("snapshot", "lab").output
        // Before: a reply field and a method that are not there now, and no optional field.
        let old = snapshot.replacing("\"name\": \"lab.Fail\"", with: "\"name\": \"lab.Old\"")
            .replacing("\"archivedAt\"", with: "\"storedAt\"")
        #expect(old != snapshot)
        lab.directory.write(old, to: "old.json")
        let page = try await lab.run("diff", lab.directory.path + "/old.json", "lab")
        #expect(page.status == 3, "\(page.errors)")
        #expect(page.output.contains("lab.Old\n  ✗ breaks  removed: perhaps it is lab.Fail now\n"))
        #expect(
            page.output.contains("  ✗ breaks  reply.storedAt removed: perhaps it is archivedAt"))
        #expect(page.output.hasSuffix("2 changes break callers.\n"))
        let json = try await lab.run(
            "diff", lab.directory.path + "/old.json", "lab", "--format", "json")
        #expect(json.status == 3)
        #expect(
            json.output.hasPrefix("{\"breaking\":true,\"changes\":[{\"subject\":\"lab.Archive\""))
        await lab.stop()
    }

    @Test("A file that is not there or no snapshot is 65, a service that is not there 69")
    func missing() async throws {
        let lab = try await Lab()
        #expect(try await lab.run("diff", "/nonexistent.json", "lab").status == 65)
        #expect(try await lab.run("diff", "-", "lab", input: "{}").status == 65)
        #expect(try await lab.run("diff", "lab", "labb").status == 69)
        await lab.stop()
    }
}
