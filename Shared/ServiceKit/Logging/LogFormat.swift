internal import Glibc

/// How log lines look.
package enum LogFormat: String, CaseIterable, Sendable {
    /// Text on a terminal, JSON elsewhere.
    case auto
    /// One line for people: time, level, logger, message, then `key=value` pairs.
    case text
    /// One JSON object per line, for machines.
    case json

    /// The format with `auto` decided by what standard error is.
    package var resolved: LogFormat {
        switch self {
        case .auto: isatty(STDERR_FILENO) == 1 ? .text : .json
        case .text, .json: self
        }
    }
}
