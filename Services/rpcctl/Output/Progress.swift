/// Shows on a terminal how far something is, in a line that is written over again.
enum Progress {
    /// Does something, and meanwhile shows a line that is asked for five times a second.
    static func shown<Answer: Sendable>(
        _ line: @escaping @Sendable (TextStyle) -> String,
        while body: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let stream = OutputStream.standardError
        guard stream.isTerminal else { return try await body() }
        return try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !Task.isCancelled {
                    // A terminal that is gone shows no progress; the work goes on.
                    try? stream.write(Self.erasure + line(stream.style))
                    // Cancelled when the work has ended.
                    try? await Task.sleep(for: .milliseconds(200))
                }
                return nil
            }
            var result: Result<Answer?, any Error>?
            while let ended = await group.nextResult() {
                if case .success(nil) = ended { continue }
                result = ended
                group.cancelAll()
            }
            // The line goes before the result comes; if it can't be written, it was not there.
            try? stream.write(Self.erasure)
            guard let answer = try result?.get() else { throw CancellationError() }
            return answer
        }
    }

    /// A bar that is filled from the left.
    static func bar(_ share: Double, style: TextStyle) -> String {
        let full = Int((min(1, max(0, share)) * Double(Self.width)).rounded())
        return style.accent(String(repeating: "━", count: full))
            + style.dim(String(repeating: "━", count: Self.width - full))
    }

    private static let width = 24

    /// Returns to the beginning of the line and clears it.
    private static let erasure = "\r\u{1B}[K"
}
