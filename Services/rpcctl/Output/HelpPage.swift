/// The page that `rpcctl` alone shows, and a lighter touch for the parser's other pages.
enum HelpPage {
    private static let commands: [[(usage: String, meaning: String)]] = [
        [
            ("list [SERVICE]", "services and their methods"),
            ("describe METHOD", "what it takes, what it answers, who may call it"),
            ("call METHOD key=value …", "call it; streams print as they come"),
        ],
        [
            ("sign-in [--identifier NAME]", "your password is asked for"),
            ("whoami", "who you are for the services"),
            ("sign-out", "end your session"),
        ],
        [
            ("health [SERVICE]", "is everything ready?"),
            ("stats [SERVICE]", "calls, latencies, refusals, memory"),
            ("bench METHOD key=value …", "how fast does it answer?"),
        ],
        [
            ("audit log [--follow] [filters]", "who did what"),
            ("audit prove EVENT", "a file that proves an event, also without the services"),
            ("audit verify [FILE]", "is the log, or such a file, what was signed?"),
            ("audit checkpoint|export", "the newest signature; events for other programs"),
        ],
        [
            ("vault put|get SECRET", "values, sealed and opened here"),
            ("vault create|list|show|access", "what secrets there are, and who used them"),
            ("vault keys status|rotate|destroy", "the keys that values are sealed to"),
        ],
        [
            ("snapshot [SERVICE …]", "what services offer, for a file"),
            ("diff OLD [NEW]", "what changed, and what of it breaks callers"),
        ],
        [
            ("context list|show|use|set|remove", "where the services are"),
            ("completions bash|zsh|fish", "completion of methods and fields for your shell"),
            ("version", "of rpcctl and of the services"),
        ],
    ]

    private static let examples = [
        "rpcctl describe conversations.AppendMessage",
        "rpcctl call conversations.ListConversations --format table",
        "rpcctl call conversations.WatchConversation conversationID=… | jq .kind",
    ]

    /// What `rpcctl` and `rpcctl --help` show.
    static func overview(style: TextStyle) -> String {
        let width = self.commands.joined().map(\.usage.displayWidth).max() ?? 0
        var text = style.bold("rpcctl") + " talks to Steward's services.\n"
        for group in self.commands {
            text += "\n"
            for command in group {
                let usage = command.usage.padded(to: width + 2)
                let name = usage.prefix { $0 != " " }
                text += "  rpcctl " + style.accent(String(name)) + usage.dropFirst(name.count)
                text += style.dim(command.meaning) + "\n"
            }
        }
        text += "\n" + style.bold("For example") + "\n"
        text += self.examples.map { "  \($0)\n" }.joined()
        return text + """

            Results go to standard output, everything else to standard error.
            The exit code says what happened: rpcctl help exit-codes.
            More about a command: rpcctl help COMMAND.

            """
    }

    /// The parser's page with quiet headings and no blank line twice.
    static func polished(_ message: String, style: TextStyle) -> String {
        var lines: [String] = []
        for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = String(line)
            if line.hasPrefix("OVERVIEW: ") { line.removeFirst("OVERVIEW: ".count) }
            for heading in ["USAGE:", "ARGUMENTS:", "OPTIONS:", "SUBCOMMANDS:"]
            where line.hasPrefix(heading) {
                let words = heading.prefix(1) + heading.dropFirst().lowercased()
                line = style.bold(String(words)) + line.dropFirst(heading.count)
            }
            if line.isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(line)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }
}
