import Foundation
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing

/// Measured on release builds, which `deploy/test footprint` makes.
@Suite(
    "Footprint of an idle service",
    .serialized,
    .enabled(if: TestSettings.isHeavy, "deploy/test footprint measures release builds")
)
struct FootprintTests {
    @Test(
        "An idle service has at most 15 MB of anonymous memory",
        arguments: ["identity", "conversations"]
    )
    func memory(service: String) async throws {
        let installation = try await Installation.start()
        let process = try installation.process(of: service)
        // Everybody has done something once, so that nothing is measured that never ran.
        _ = try await installation.newPerson()
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        let kilobytes = try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
        print("Footprint: \(service) has \(kilobytes) kB of anonymous memory.")
        #expect(kilobytes <= 15 * 1024)
        try await installation.stop()
    }

    @Test(
        "A service is ready within 300 ms of its start",
        arguments: ["identity", "conversations"]
    )
    func readiness(service: String) async throws {
        let installation = try await Installation.start()
        var samples: [Duration] = []
        for _ in 0..<10 {
            try await installation.stopOne(service)
            samples.append(try await Self.timeToReady(service, installation))
            try await installation.startOne(service)
        }
        samples.sort()
        print("Footprint: \(service) is ready after \(samples[5]), at worst \(samples[9]).")
        #expect(samples[5] <= .milliseconds(300))
        try await installation.stop()
    }

    /// Starts the service itself, as systemd would, and waits for its word that it is ready.
    private static func timeToReady(
        _ service: String,
        _ installation: Installation
    ) async throws -> Duration {
        let words = try await installation.userOf(service)
        let socket = try NotificationSocket(
            path: installation.runtimeDirectory.appendingPathComponent("notify").path
        )
        let configuration = installation.directory.appendingPathComponent("etc/\(service).conf")
        let began = ContinuousClock.now
        let process = try ChildProcess.start(
            "/usr/bin/env",
            words + [
                "STEWARD_CONFIGURATION_FILE=\(configuration.path)", "NOTIFY_SOCKET=\(socket.path)",
                installation.directory.appendingPathComponent("bin/steward-\(service)").path,
                "serve",
            ]
        )
        try await eventually("\(service) says READY=1") { socket.received("READY=1") }
        let took = ContinuousClock.now - began
        process.send(signal: SIGTERM)
        try await eventually("\(service) ended", within: .seconds(30)) { !process.isRunning }
        return took
    }
}

/// The datagram socket at which a service says that it is ready.
private final class NotificationSocket {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        unlink(path)
        self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity else { throw TestFailure("\(path) is too long") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw TestFailure("cannot bind \(path): errno \(errno)") }
        chmod(path, 0o666)
    }

    deinit {
        close(self.descriptor)
        unlink(self.path)
    }

    /// Whether a datagram with this word has come since the last look.
    func received(_ word: String) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(self.descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count > 0 && String(decoding: bytes.prefix(count), as: UTF8.self).contains(word)
    }
}
