import RPC
import Testing

@testable import rpcctl

@Suite("Where services are")
struct InstallationTests {
    private static let configuration = ContextConfiguration(
        current: "work",
        contexts: [
            "work": .init(
                runtimeDirectory: "/work/run", peers: ["identity": ["tcp:10.0.0.1:7000"]]),
            "home": .init(runtimeDirectory: "/home/run"),
        ])

    private func installation(
        named: String? = nil, _ variables: [String: String] = [:],
        _ configuration: ContextConfiguration = Self.configuration
    ) throws -> Installation {
        try Installation(
            named: named, address: nil, environment: CommandEnvironment(variables: variables),
            configuration: configuration)
    }

    @Test("Without anything, services are found in /run/steward")
    func standard() throws {
        let installation = try self.installation([:], ContextConfiguration())
        #expect(installation.context == "default")
        #expect(
            try installation.addresses(of: "identity")
                == [.unix(path: "/run/steward/identity.sock")])
    }

    @Test("The context in use says where they are, single addresses first")
    func current() throws {
        let installation = try self.installation()
        #expect(try installation.addresses(of: "identity") == [.tcp(host: "10.0.0.1", port: 7000)])
        #expect(try installation.addresses(of: "audit") == [.unix(path: "/work/run/audit.sock")])
    }

    @Test("The environment goes before the file, --context before the environment")
    func precedence() throws {
        let variables = [
            "STEWARD_RUNTIME_DIRECTORY": "/tmp/run", "STEWARD_CONTEXT": "home",
            "STEWARD_PEER_AUDIT": "unix:/a.sock, tcp:localhost:7", "STEWARD_PEER_USERS": "1=x",
        ]
        let environment = try self.installation(variables)
        #expect(environment.context == "home")
        #expect(environment.runtimeDirectory == "/tmp/run")
        #expect(
            try environment.addresses(of: "audit")
                == [.unix(path: "/a.sock"), .tcp(host: "localhost", port: 7)])
        #expect(environment.peers["users"] == nil)
        let flag = try self.installation(named: "work", variables)
        #expect(flag.runtimeDirectory == "/work/run")
        #expect(flag.peers["audit"] == nil)
    }

    @Test("A context of the environment needs no entry in the file if it says where things are")
    func environmentOnly() throws {
        let installation = try self.installation([
            "STEWARD_CONTEXT": "trial", "STEWARD_RUNTIME_DIRECTORY": "/tmp/run",
        ])
        #expect(installation.context == "trial")
    }

    @Test("An unknown context, a wrong name and a wrong address are configuration failures")
    func failures() throws {
        let unknown = try #require(throws: CommandFailure.self) {
            try self.installation(named: "wrok")
        }
        #expect(unknown.status == .configuration)
        #expect(unknown.hints == ["did you mean “work”?"])
        #expect(throws: CommandFailure.self) { try self.installation(named: "../x") }
        let address = try #require(throws: CommandFailure.self) {
            try self.installation(["STEWARD_PEER_AUDIT": "localhost:7"]).addresses(of: "audit")
        }
        #expect(address.status == .configuration)
    }

    @Test("Services are those with a socket in the directory or an address of their own")
    func services() throws {
        let directory = TemporaryDirectory()
        directory.write("", to: "vault.sock")
        directory.write("", to: "vault.lock")
        let installation = try self.installation([
            "STEWARD_RUNTIME_DIRECTORY": directory.path, "STEWARD_CONTEXT": "home",
            "STEWARD_PEER_AUDIT": "tcp:localhost:7",
        ])
        #expect(installation.services() == ["audit", "vault"])
    }

    @Test("A method's prefix names its service, unless one is named before it")
    func target() throws {
        let installation = try self.installation()
        let plain = try MethodTarget(words: ["audit.Verify", "a=1"])
        #expect(try plain.service(in: installation) == "audit")
        #expect(plain.rest == ["a=1"])
        let picked = try MethodTarget(words: ["audit", "rpc.Echo", "body=x"])
        #expect(try picked.service(in: installation) == "audit")
        #expect(picked.method == "rpc.Echo")
        for words in [["audit"], ["a=1"], ["audit", "a=1"], ["audit."], [".x"]] {
            #expect(throws: CommandFailure.self) { try MethodTarget(words: words) }
        }
    }

    @Test("The file of contexts is replaced as a whole and a damaged one is named")
    func file() throws {
        let directory = TemporaryDirectory()
        let file = ContextFile(path: directory.path + "/config/steward/rpcctl.json")
        #expect(try file.load() == ContextConfiguration())
        try file.save(Self.configuration)
        #expect(try file.load() == Self.configuration)
        directory.write("{\"contexts\":3}", to: "config/steward/rpcctl.json")
        let failure = try #require(throws: CommandFailure.self) { try file.load() }
        #expect(failure.status == .configuration)
        #expect(failure.message.contains(file.path))
        #expect(failure.message.contains("“contexts” has the wrong type"))
    }
}
