import Glibc
import Testing

import struct FoundationEssentials.FileAttributeType
import class FoundationEssentials.FileManager

@testable import ServiceKit

@Suite("Listening sockets")
struct SocketTests {
    @Test("A socket is made with its mode, answers, and is gone after its removal")
    func ownSocket() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/x.sock"
        let socket = try OwnedUnixSocket(path: path, mode: 0o640, group: nil)
        let descriptor = socket.descriptor
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.type] as? FileAttributeType == .typeSocket)
        #expect(attributes[.posixPermissions] as? UInt == 0o640)
        #expect(connects(to: path))
        socket.remove()
        close(descriptor)
        #expect(directory.names == ["x.sock.lock"])
    }

    @Test("A live server's socket is neither removed nor replaced, whoever made it")
    func liveSocket() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/x.sock"
        let foreign = try listener(at: path)
        defer { close(foreign) }
        let error = #expect(throws: StartupError.self) {
            _ = try OwnedUnixSocket(path: path, mode: 0o660, group: nil)
        }
        #expect(error?.description.contains(path) == true)
        #expect(connects(to: path))
    }

    @Test("Of two starters one wins, and the other says who is in its way")
    func twoStarters() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/x.sock"
        let first = try OwnedUnixSocket(path: path, mode: 0o660, group: nil)
        let error = #expect(throws: StartupError.self) {
            _ = try OwnedUnixSocket(path: path, mode: 0o660, group: nil)
        }
        #expect(error?.description.contains("already") == true)
        #expect(connects(to: path))
        let descriptor = first.descriptor
        first.remove()
        close(descriptor)
        // Once the first is gone, the next one gets in.
        let second = try OwnedUnixSocket(path: path, mode: 0o660, group: nil)
        close(second.descriptor)
        second.remove()
    }

    @Test("While another starter holds the lock nothing is touched, though nobody listens yet")
    func lockedByAnotherStarter() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/x.sock"
        try directory.write("x.sock.lock", "")
        let lock = open("\(path).lock", O_RDWR | O_CLOEXEC)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let error = #expect(throws: StartupError.self) {
            _ = try OwnedUnixSocket(path: path, mode: 0o660, group: nil)
        }
        #expect(error?.description.contains("x.sock.lock") == true)
        #expect(directory.names == ["x.sock.lock"])
    }

    @Test("A socket that nobody listens on any more is replaced")
    func staleSocket() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/x.sock"
        close(try listener(at: path))
        #expect(!connects(to: path))
        let socket = try OwnedUnixSocket(path: path, mode: 0o660, group: nil)
        #expect(connects(to: path))
        close(socket.descriptor)
        socket.remove()
    }

    @Test("A file that is no socket is left alone")
    func foreignFile() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x.sock", "precious")
        #expect(throws: StartupError.self) {
            _ = try OwnedUnixSocket(path: "\(directory.path)/x.sock", mode: 0o660, group: nil)
        }
        #expect(directory.names.contains("x.sock"))
    }

    @Test("At the end a socket that somebody else put in place stays")
    func replacedSocket() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/x.sock"
        let socket = try OwnedUnixSocket(path: path, mode: 0o660, group: nil)
        #expect(unlink(path) == 0)
        let other = try listener(at: path)
        defer { close(other) }
        close(socket.descriptor)
        socket.remove()
        #expect(connects(to: path))
    }

    @Test("A path that the kernel cannot take is an error that names it and the limit")
    func longPath() throws {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        #expect(path.utf8.count == 108)
        let error = #expect(throws: StartupError.self) {
            _ = try OwnedUnixSocket(path: path, mode: 0o660, group: nil)
        }
        #expect(error?.description.contains("107") == true)
        #expect(UnixSocketAddress(path: String(path.dropLast())) != nil)
    }

    @Test("A missing directory is an error that names the path")
    func missingDirectory() {
        let error = #expect(throws: StartupError.self) {
            _ = try OwnedUnixSocket(path: "/nonexistent/x.sock", mode: 0o660, group: nil)
        }
        #expect(error?.description.contains("/nonexistent/x.sock") == true)
    }

    @Test(
        "Nothing but the loopback is listened on",
        arguments: ["127.0.0.1:0", "[::1]:0", "127.8.8.8:0"]
    )
    func loopback(text: String) throws {
        let address = try #require(LoopbackAddress(text))
        let (descriptor, port) = try address.listen()
        defer { close(descriptor) }
        #expect(port > 0)
    }

    @Test(
        "Other addresses are not read",
        arguments: [
            "0.0.0.0:1", "192.168.0.1:1", "10.0.0.1:1", "[::]:1", "localhost:1", "127.0.0.1",
            "127.0.0.1:65536", "127.0.0.1:-1", "127.1:1", ":1", "",
        ]
    )
    func otherAddresses(text: String) {
        #expect(LoopbackAddress(text) == nil)
    }

    @Test("Sockets that systemd passed to another process are left alone")
    func foreignActivation() throws {
        let environment = ["LISTEN_FDS": "1", "LISTEN_PID": "1"]
        #expect(try ActivatedSockets.take(environment: environment, processID: 2).isEmpty)
        #expect(try ActivatedSockets.take(environment: [:], processID: 2).isEmpty)
    }

    @Test(
        "A number of passed sockets that makes no sense is an error",
        arguments: ["-1", "x", "9999"]
    )
    func activationCount(count: String) {
        #expect(throws: StartupError.self) {
            try ActivatedSockets.take(
                environment: ["LISTEN_FDS": count, "LISTEN_PID": "7"],
                processID: 7
            )
        }
    }

    private func connects(to path: String) -> Bool {
        guard let address = UnixSocketAddress(path: path) else { return false }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return address.withSocketAddress { connect(descriptor, $0, $1) } == 0
    }

    private func listener(at path: String) throws -> CInt {
        let address = try #require(UnixSocketAddress(path: path))
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #expect(address.withSocketAddress { bind(descriptor, $0, $1) } == 0)
        #expect(listen(descriptor, 8) == 0)
        return descriptor
    }
}
