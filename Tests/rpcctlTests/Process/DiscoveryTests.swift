import Testing

@testable import rpcctl

@Suite("What is there, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct DiscoveryTests {
    @Test("list shows every service with its methods and what they do")
    func list() async throws {
        let lab = try await Lab()
        let result = try await lab.run("list")
        #expect(result.status == 0)
        #expect(
            result.output.hasPrefix(
                "identity  1.2.3 · unix:\(lab.socket("identity"))\n  identity.GetMe "))
        #expect(result.output.contains("\nlab  1.2.3 · unix:\(lab.socket("lab"))\n"))
        #expect(result.output.contains("  lab.Count                ↓  Counts.\n"))
        #expect(result.output.contains("  lab.Sum                  ↑  Adds numbers.\n"))
        #expect(result.output.contains("  lab.Twice                ↕  Doubles numbers.\n"))
        #expect(!result.output.contains("  rpc.Echo"))
        #expect(
            result.output.contains(
                "Every service has rpc.Describe, rpc.Echo, rpc.Health, rpc.List and rpc.Statistics "
                    + "as well.\n"))
        let one = try await lab.run("list", "lab", "--format", "json")
        #expect(one.output.hasPrefix("[{\"service\":\"lab\""))
        #expect(one.output.contains("\"name\":\"rpc.Echo\""))
        await lab.stop()
    }

    @Test("An address goes before everything else that says where a service is")
    func address() async throws {
        let lab = try await Lab()
        let nowhere = ["STEWARD_RUNTIME_DIRECTORY": "/nonexistent"]
        let address = "unix:" + lab.socket("lab")
        let list = try await lab.run("--address", address, "list", environment: nowhere)
        #expect(list.output.hasPrefix("lab  1.2.3 · \(address)\n"), "\(list.errors)")
        let call = try await lab.run(
            "call", "rpc.Echo", "body=AQ==", "--address", address, environment: nowhere)
        #expect(call.output == "{\"body\":\"AQ\"}\n")
        let health = try await lab.run("health", "--address", address, environment: nowhere)
        #expect(health.status == 0)
        await lab.stop()
    }

    @Test("list says of a service that it can't be reached, and shows the others")
    func partly() async throws {
        let lab = try await Lab()
        _ = try Lab.listen(at: lab.socket("old"), accepting: false)
        let result = try await lab.run("list")
        #expect(result.status == 0)
        #expect(result.output.contains("old  Nobody listens on"))
        #expect(result.output.contains("lab.Count"))
        await lab.stop()
    }

    @Test("describe shows a method's fields and a template that call accepts")
    func describe() async throws {
        let lab = try await Lab()
        let page = try await lab.run("describe", "lab.Archive")
        #expect(page.output.contains("  folderID    uuid"))
        #expect(page.output.contains("One of copy, move."))
        let template = try await lab.run("describe", "lab.Repeat", "--template")
        #expect(template.output == "{\n  \"text\": \"\",\n  \"count\": null\n}\n")
        let call = try await lab.run("call", "lab.Repeat", "--json", "-", input: template.output)
        #expect(call.status == 0)
        let json = try await lab.run("describe", "lab.Archive", "--format", "json")
        #expect(json.output.contains("\"auditAction\":\"archived\""))
        let service = try await lab.run("describe", "lab")
        #expect(service.output.contains("METHOD"))
        #expect(service.output.contains("signed in"))
        await lab.stop()
    }

    @Test("health is 0 when all are ready, 114 when one is not, 69 when one is gone")
    func health() async throws {
        let well = try await Lab()
        let ready = try await well.run("health")
        #expect(ready.status == 0)
        #expect(ready.output.contains("lab       ready"))
        await well.stop()
        let gone = try await well.run("health")
        #expect(gone.status == 69)

        let ill = try await Lab(isReady: false)
        let result = try await ill.run("health")
        #expect(result.status == 114)
        #expect(result.output.contains("database: no connection"))
        #expect(try await ill.run("health", "identity").status == 0)
        await ill.stop()
    }

    @Test("Contexts are made, picked, shown and removed")
    func contexts() async throws {
        let lab = try await Lab()
        let bare = ["STEWARD_RUNTIME_DIRECTORY": ""]
        #expect(
            try await lab.run(
                "context", "set", "lab", "--runtime-directory", lab.runtimeDirectory,
                environment: bare
            ).output == "Context lab is set.\n")
        #expect(try await lab.run("context", "use", "lab", environment: bare).status == 0)
        #expect(try await lab.run("health", environment: bare).status == 0)
        let list = try await lab.run("context", "list", environment: bare)
        #expect(list.output.contains("●  lab      \(lab.runtimeDirectory)"))
        #expect(try await lab.run("context", "use", "lob", environment: bare).status == 78)
        #expect(try await lab.run("context", "remove", "lab", environment: bare).status == 0)
        let shown = try await lab.run("context", "show", environment: bare)
        #expect(shown.output.contains("runtime directory  /run/steward"))
        await lab.stop()
    }

    @Test("version shows its own and every service's")
    func version() async throws {
        let lab = try await Lab()
        let result = try await lab.run("version")
        #expect(result.lines.contains("lab       1.2.3"))
        #expect(try await lab.run("--version").output == "\(Version.current)\n")
        await lab.stop()
    }
}
