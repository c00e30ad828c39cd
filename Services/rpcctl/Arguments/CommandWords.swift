/// The words of a command line, put in the order that the parser wants.
enum CommandWords {
    /// Options that people write before the command as well as after it.
    private static let general = ["--context", "--address", "--format"]

    /// Moves general options that stand before the command behind it.
    ///
    /// - Throws: a ``CommandFailure`` with status 64 for a command that does not exist.
    static func ordered(_ words: [String], commands: [String]) throws -> [String] {
        var rest = words[...]
        var options: [String] = []
        while let word = rest.first {
            if self.general.contains(word), rest.count > 1 {
                options += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if self.general.contains(where: { word.hasPrefix($0 + "=") }) {
                options.append(word)
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        guard let command = rest.first, !command.hasPrefix("-") else { return words }
        guard commands.contains(command) else { throw self.unknown(command, commands) }
        return [command] + options + rest.dropFirst()
    }

    private static func unknown(_ command: String, _ commands: [String]) -> CommandFailure {
        let hint: String =
            if MethodTarget.isMethod(command) {
                "rpcctl call \(command)"
            } else if let near = Suggestion.closest(to: command, among: commands) {
                "did you mean “\(near)”?"
            } else {
                "rpcctl help"
            }
        return .usage("There is no command “\(command)”.", hints: [hint])
    }
}
