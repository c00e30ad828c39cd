/// What a service declares about one setting: enough to check, list and explain it.
package struct SettingKey: Sendable {
    /// The name in the environment and in the configuration file, `STEWARD_…`.
    package let name: String
    /// What a value looks like, in words: `a duration from 1s to 60s`.
    package let kind: String
    /// The value, as it would be written, where none is given.
    package let defaultText: String
    /// One sentence for whoever runs `check-configuration`.
    package let documentation: String
    /// Whether the value must not be shown or logged.
    package let isSecret: Bool
    /// Says what is wrong with a text, or `nil` if it is a value.
    let problem: @Sendable (String) -> String?

    /// The name of the file in the credentials directory that may hold the value: `steward-…`.
    package var credentialName: String {
        String(self.name.lowercased().map { $0 == "_" ? "-" : $0 })
    }
}

/// A setting with the type of its value; what ``ServiceSettings`` are asked with.
///
/// Declare one as a static constant in an extension and list its ``key`` in the service's
/// definition:
///
///     extension Setting where Value == Duration {
///         static let sessionIdleTime = Setting.duration(
///             "STEWARD_IDENTITY_SESSION_IDLE_TIME", default: "14d", in: .seconds(60)...,
///             "How long a session lasts without use.")
///     }
///
///     settings[.sessionIdleTime]
package struct Setting<Value: Sendable>: Sendable {
    /// What is declared about it.
    package let key: SettingKey
    private let parse: @Sendable (String) throws(SettingProblem) -> Value

    /// Declares a setting.
    ///
    /// - Parameters:
    ///   - name: begins with `STEWARD_`; upper case letters, digits and `_`.
    ///   - kind: what a value looks like, in words.
    ///   - defaultText: the default, written as a user would; it must be a value.
    ///   - documentation: one sentence.
    ///   - isSecret: whether the value must not be shown.
    ///   - parse: reads a value, or says what is wrong with the text.
    package init(
        _ name: String,
        kind: String,
        default defaultText: String,
        _ documentation: String,
        isSecret: Bool = false,
        parse: @escaping @Sendable (String) throws(SettingProblem) -> Value
    ) {
        self.parse = parse
        self.key = SettingKey(
            name: name, kind: kind, defaultText: defaultText, documentation: documentation,
            isSecret: isSecret
        ) { text in
            do throws(SettingProblem) {
                _ = try parse(text)
                return nil
            } catch {
                return error.description
            }
        }
    }

    /// Reads a text that was checked when the settings were loaded.
    func value(of text: String) throws(SettingProblem) -> Value { try self.parse(text) }
}

/// What is wrong with the text of a setting; completes the sentence "`NAME` …".
package struct SettingProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Such as `is not a number`.
    package let description: String

    /// Describes a problem.
    package init(_ description: String) { self.description = description }
}
