internal import Foundation
internal import ProcessTestSupport

/// A running server.
final class ServerProcess: Sendable {
    private let process: ChildProcess
    /// The open end of a pipe: the server ends when it is closed.
    private let lifeline: Int32
    private let directory: String

    init(process: ChildProcess, lifeline: Int32, directory: String) {
        self.process = process
        self.lifeline = lifeline
        self.directory = directory
    }

    /// The process that all others of the server descend from.
    private var postmaster: pid_t? {
        let path = "\(self.directory)/data/postmaster.pid"
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        return text?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    func waitUntilReady() async throws {
        let path = "\(self.directory)/data/postmaster.pid"
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end, self.process.isRunning {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            if lines.count > 7, lines[7].hasPrefix("ready") {
                return
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        let log = (try? String(contentsOfFile: "\(self.directory)/log", encoding: .utf8)) ?? ""
        throw TemporaryCluster.Failure("the server did not start: \(log.suffix(2000))")
    }

    func stop() async {
        if let postmaster = self.postmaster {
            Foundation.kill(postmaster, SIGINT)
        }
        _ = await self.process.status()
    }

    /// Kills the server and all its processes, and waits until none of them is left.
    func kill() async {
        var left = self.signalAll(SIGKILL)
        _ = await self.process.status()
        while !left.isEmpty {
            left.removeAll { process in
                let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
                return status?.split(separator: ")").last?.hasPrefix(" Z") ?? true
            }
            await Task.yield()
        }
        // It speaks of the server that was, and would be taken for the next one's.
        try? FileManager.default.removeItem(atPath: "\(self.directory)/data/postmaster.pid")
    }

    /// Ends the server, if it runs, and removes its directory.
    deinit {
        close(self.lifeline)
    }

    /// Sends a signal to the server and all its processes, the first one first.
    ///
    /// - Returns: whom it was sent to.
    @discardableResult
    func signalAll(_ signal: CInt) -> [pid_t] {
        guard let postmaster = self.postmaster else { return [] }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let children = entries.compactMap { pid_t($0) }.filter { candidate in
            let status = try? String(contentsOfFile: "/proc/\(candidate)/stat", encoding: .utf8)
            let fields = status?.split(separator: ")").last?.split(separator: " ")
            return fields.flatMap { $0.count > 1 ? pid_t($0[1]) : nil } == postmaster
        }
        for process in [postmaster] + children {
            Foundation.kill(process, signal)
        }
        return [postmaster] + children
    }
}
