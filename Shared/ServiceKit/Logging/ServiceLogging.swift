internal import Logging

/// Sets up the log of a process.
package enum ServiceLogging {
    /// Makes every logger of the process write to standard error as the settings ask.
    ///
    /// May be called once per process.
    package static func bootstrap(_ settings: ServiceSettings) {
        let format = settings[.logFormat]
        let level = settings[.logLevel]
        LoggingSystem.bootstrap { label in
            ServiceLogHandler(label: label, format: format, level: level)
        }
    }
}
