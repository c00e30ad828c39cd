public import ArgumentParser
import Foundation

/// How a report is printed.
public enum Format: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// A table for people.
    case table
    /// Every number, for programs.
    case json

    /// Prints outcomes to standard output.
    public func print(_ outcomes: [Outcome]) throws {
        switch self {
        case .table:
            Swift.print(outcomes.table)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            Swift.print(String(decoding: try encoder.encode(outcomes), as: UTF8.self))
        }
    }
}
