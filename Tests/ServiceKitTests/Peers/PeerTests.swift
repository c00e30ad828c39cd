import RPC
import ServiceKit
import Testing

@Suite("Peers")
struct PeerTests {
    private let users: [UInt32: String] = [
        0: "root", 1_000: "ada", 900: "steward-conversations", 901: "steward-identity",
        902: "steward-nonsense",
    ]

    private func names(_ peerUsers: String = "", ownUID: UInt32) -> PeerNames {
        let users = self.users
        return PeerNames(peerUsers: peerUsers, ownUID: ownUID) { users[$0] }
    }

    @Test("The system user of a service is that service, and no other user is any")
    func systemUsers() {
        let names = self.names(ownUID: 901)
        #expect(names.names(uid: 900) == ["conversations"])
        #expect(names.names(uid: 901) == ["identity"])
        #expect(names.names(uid: 902).isEmpty)
        #expect(names.names(uid: 1_000).isEmpty)
        #expect(names.names(uid: 0) == ["operator"])
        #expect(names.names(uid: 4_242).isEmpty)
        #expect(!names.isOneTrustDomain)
    }

    @Test("Configuration gives users names, by user name and by uid")
    func configuredUsers() {
        let names = self.names("ada=operator, 0=operator,1000=audit", ownUID: 901)
        #expect(names.names(uid: 1_000) == ["operator", "audit"])
        #expect(names.names(uid: 0) == ["operator"])
        #expect(names.names(uid: 900) == ["conversations"])
    }

    @Test("Where all services run as one ordinary user, that user is every service and operator")
    func oneTrustDomain() {
        let names = self.names(ownUID: 1_000)
        #expect(names.isOneTrustDomain)
        #expect(names.names(uid: 1_000).isSuperset(of: ["identity", "conversations", "vault"]))
        #expect(names.names(uid: 1_000).contains("operator"))
        #expect(names.names(uid: 0) == ["operator"])
    }

    @Test("Root is the operator, and no service by being root, even to one that runs as root")
    func root() {
        let names = self.names(ownUID: 0)
        #expect(!names.isOneTrustDomain)
        #expect(names.names(uid: 0) == ["operator"])
    }

    @Test("A service is found on its socket unless configuration lists addresses")
    func directory() throws {
        let settings = try ServiceSettings(environment: [
            "STEWARD_RUNTIME_DIRECTORY": "/tmp/run",
            "STEWARD_PEER_AUDIT": "tcp:127.0.0.1:7100, /tmp/other.sock",
        ])
        let directory = PeerDirectory(settings: settings, ownName: "test")
        #expect(directory.addresses(of: "identity") == [.unix(path: "/tmp/run/identity.sock")])
        #expect(
            directory.addresses(of: "audit")
                == [.tcp(host: "127.0.0.1", port: 7_100), .unix(path: "/tmp/other.sock")]
        )
    }
}
