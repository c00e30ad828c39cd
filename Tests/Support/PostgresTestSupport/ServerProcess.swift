internal import Foundation

/// A running server.
final class ServerProcess: @unchecked Sendable {
    // Safe because each is set once, and Process and FileHandle are used under the cluster's lock.
    private let process: Process
    private let lifeline: FileHandle
    private let directory: String

    init(process: Process, lifeline: FileHandle, directory: String) {
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

    func waitUntilReady() throws {
        let path = "\(self.directory)/data/postmaster.pid"
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end, self.process.isRunning {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            if lines.count > 7, lines[7].hasPrefix("ready") {
                return
            }
            usleep(5000)
        }
        let log = (try? String(contentsOfFile: "\(self.directory)/log", encoding: .utf8)) ?? ""
        throw TemporaryCluster.Failure("the server did not start: \(log.suffix(2000))")
    }

    func stop() throws {
        if let postmaster = self.postmaster {
            Foundation.kill(postmaster, SIGINT)
        }
        self.process.waitUntilExit()
    }

    func kill() throws {
        self.signalAll(SIGKILL)
        self.process.waitUntilExit()
    }

    /// Ends the server and removes its directory.
    func end() {
        try? self.lifeline.close()
    }

    /// Sends a signal to the server and all its processes, the first one first.
    func signalAll(_ signal: CInt) {
        guard let postmaster = self.postmaster else { return }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let children = entries.compactMap { pid_t($0) }.filter { candidate in
            let status = try? String(contentsOfFile: "/proc/\(candidate)/stat", encoding: .utf8)
            let fields = status?.split(separator: ")").last?.split(separator: " ")
            return fields.flatMap { $0.count > 1 ? pid_t($0[1]) : nil } == postmaster
        }
        for process in [postmaster] + children {
            Foundation.kill(process, signal)
        }
    }
}
