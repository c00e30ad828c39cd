package import Logging

internal import struct FoundationEssentials.Date

/// Writes a service's log, one line per event.
///
/// Secrets are masked by key and by look, control characters are escaped.  A line goes out in one
/// write, so lines of several threads do not mix.
package struct ServiceLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let label: String
    private let format: LogFormat
    private let output: LogOutput

    /// Makes a handler.
    ///
    /// - Parameters:
    ///   - label: the logger's name.
    ///   - format: how lines look.
    ///   - level: the least severe level that is written.
    ///   - output: where lines go.
    package init(
        label: String, format: LogFormat, level: Logger.Level, output: LogOutput = .standardError
    ) {
        self.label = label
        self.format = format.resolved
        self.logLevel = level
        self.output = output
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var metadata = self.metadata
        if let provided = self.metadataProvider?.get() {
            metadata.merge(provided) { _, new in new }
        }
        if let given = event.metadata { metadata.merge(given) { _, new in new } }
        if let error = event.error { metadata["error"] = "\(error)" }
        let line = LogLine(
            time: .now, level: event.level, label: self.label, message: event.message.description,
            metadata: metadata)
        let text = self.format == .json ? line.json : line.text
        self.output.write((self.output.goesToJournal ? line.journalPriority : "") + text + "\n")
    }
}
