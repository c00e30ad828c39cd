internal import Foundation
internal import Glibc

/// Runs programs without holding up the threads that tests run on.
package enum Program {
    /// How a program ended, and what it printed on both outputs.
    package struct Outcome: Sendable {
        /// Its exit status, or the number of the signal that ended it, negated.
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
        input: String = "",
        environment: [String: String] = [:]
    ) async throws -> Outcome {
        let (words, printed) = (try ProgramPipe(), try ProgramPipe())
        let process: ChildProcess
        do {
            defer {
                close(words.reader)
                close(printed.writer)
            }
            process = try ChildProcess.start(
                path,
                arguments,
                environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
                input: .descriptor(words.reader),
                output: .descriptor(printed.writer),
                errors: .descriptor(printed.writer)
            )
        } catch {
            close(words.writer)
            close(printed.reader)
            throw error
        }
        words.writeAll(input)
        let output = await process.killedWhenCancelled { await printed.readAll() }
        return Outcome(status: await process.status(), output: output)
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
