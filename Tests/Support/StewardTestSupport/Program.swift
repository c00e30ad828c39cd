import Foundation

/// Runs programs without holding up the threads that tests run on.
package enum Program {
    /// How a program ended, and what it printed on both outputs.
    package struct Outcome: Sendable {
        /// Its exit status, or the signal that ended it.
        package let status: Int32
        /// Standard output and standard error as they came.
        package let output: String
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - input: what it reads; nothing if absent.
    ///   - environment: added to the tests' own.
    package static func run(
        _ path: String,
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try Self.wait(path, arguments, input: input, environment: environment)
                    }
                )
            }
        }
    }

    private static func wait(
        _ path: String,
        _ arguments: [String],
        input: String?,
        environment: [String: String]
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Threads of a test block signals, and a child inherits that: nobody could ask it to stop.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let output = Pipe()
        let source = input.map { _ in Pipe() }
        process.standardInput = source ?? FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        if let input, let source {
            try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try source.fileHandleForWriting.close()
        }
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: String(decoding: data, as: UTF8.self)
        )
    }
}

/// Something that a test needed and did not get.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    /// Says what.
    package init(_ description: String) { self.description = description }
}

/// Waits until a condition holds, looking every few milliseconds.
///
/// - Throws: ``TestFailure`` naming `what` when it does not hold in time.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(10),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw TestFailure("\(what): not within \(limit)")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
