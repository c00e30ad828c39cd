import Foundation
import Glibc
import ProcessTestSupport
import RPCTestServer

@testable import RPC

/// The test server, a null sink or a reader as a process of its own.
final class ServerProcess: Sendable {
    let path: String
    let process: ChildProcess
    private let ownsPath: Bool

    private init(path: String, ownsPath: Bool, process: ChildProcess) {
        self.path = path
        self.ownsPath = ownsPath
        self.process = process
    }

    deinit {
        self.process.send(signal: SIGKILL)
        if self.ownsPath { unlink(self.path) }
    }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - path: its socket, which the caller removes; one of its own if absent.
    ///   - descriptors: how many files it may have open.
    static func start(
        _ role: String = "serve", at chosenPath: String? = nil, descriptors: Int? = nil
    ) async throws -> ServerProcess {
        let path = chosenPath ?? TestService.temporaryPath()
        let process = try ChildProcess.start(
            Self.program, [role, path] + (descriptors.map { ["\($0)"] } ?? []))
        let server = ServerProcess(
            path: path, ownsPath: chosenPath == nil, process: process)
        guard role != "read" else { return server }
        try await eventually("the server listens") { (try? RawPeer(path: path)) != nil }
        return server
    }

    /// A connection of its own.
    func client(_ name: String = "test") -> RPCClient {
        RPCClient([.unix(path: self.path)], name: name)
    }

    /// Asks it to end, and waits for that.
    func stop() async {
        self.process.send(signal: SIGTERM)
        _ = await self.process.status()
    }

    /// Memory that it has in use.
    func residentKilobytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(self.process.id)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let number = line?.split(separator: " ").compactMap({ Int($0) }).first else {
            throw TestFailure("no VmRSS in \(text)")
        }
        return number
    }

    /// How many files it has open.
    func descriptorCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(self.process.id)/fd").count
    }

    /// What `STEWARD_TEST_SERVER` names (measurements want it built in release), else the one
    /// beside the tests.
    private static let program: String = {
        let name = "RPCTestServer"
        if let path = ProcessInfo.processInfo.environment["STEWARD_TEST_SERVER"] { return path }
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let path = beside.appendingPathComponent(name).path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appendingPathComponent(".build/debug/\(name)").path
    }()
}
