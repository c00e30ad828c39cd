import ArgumentParser

/// How results are written to standard output.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    case json
    case pretty
    case table
    case diag
}
