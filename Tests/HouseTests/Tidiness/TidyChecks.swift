extension TidyCheck {
    /// Every rule.
    static let all = Self.shape + Self.words + Self.safety

    /// Rules about the shape of files.
    private static let shape: [TidyCheck] = [
        TidyCheck(
            description: "lines have at most 100 columns",
            concerns: { $0.isSwift || $0.isShell },
            find: { file in
                // Neither an address nor what a test's string says can be broken.
                file.lines.indices.filter {
                    file.lines[$0].utf8.count > 100 && file.lines[$0].count > 100
                        && !file.lines[$0].contains("https://")
                        && !(file.path.hasPrefix("Tests/") && file.codeColumns(inLine: $0) <= 100)
                }.map { $0 + 1 }
            },
            offending: (
                SourceFile(
                    path: "deploy/lib/a.sh",
                    text: "short\n" + String(repeating: "ä", count: 101)
                ), [2]
            ),
            tidy: SourceFile(
                path: "Shared/RPC/A.swift",
                text: String(repeating: "ä", count: 100)
            )
        ),
        TidyCheck(
            description: "a Swift file has at most 450 lines: split it by concern",
            concerns: \.isSwift,
            find: { $0.lines.count > 451 ? [0] : [] },
            offending: (
                SourceFile(
                    path: "Shared/RPC/A.swift",
                    text: String(repeating: "\n", count: 451)
                ), [0]
            ),
            tidy: SourceFile(
                path: "Shared/RPC/A.swift",
                text: String(repeating: "\n", count: 450)
            )
        ),
        TidyCheck(
            description: "a file's name says what it holds: no Utils, Helpers, Common, Manager",
            concerns: \.isSwift,
            find: { file in
                let name = file.path.split(separator: "/").last.map(String.init) ?? ""
                return ["Utils.", "Utilities.", "Helper.", "Helpers.", "Manager.", "Impl."]
                    .contains(where: name.contains) || name == "Common.swift" ? [0] : []
            },
            offending: (SourceFile(path: "Shared/RPC/StringUtils.swift", text: ""), [0]),
            tidy: SourceFile(path: "Shared/RPC/CallTable.swift", text: "")
        ),
        TidyCheck(
            description: "Markdown has exactly one title",
            concerns: { $0.path.hasSuffix(".md") },
            find: { file in
                var isFenced = false
                let titles = file.lines.count { line in
                    if line.hasPrefix("```") { isFenced.toggle() }
                    return !isFenced && line.hasPrefix("# ")
                }
                return titles == 1 ? [] : [0]
            },
            offending: (SourceFile(path: "A.md", text: "# One\n\n# Two\n"), [0]),
            tidy: SourceFile(path: "A.md", text: "# One\n\n```sh\n# a comment\n```\n")
        ),
    ]

    /// Rules about words.
    private static let words: [TidyCheck] = [
        TidyCheck(
            description: "nothing is left to do later",
            concerns: { $0.isSwift || $0.isShell || $0.path.hasSuffix(".sql") },
            find: { file in
                file.lines.indices.filter { index in
                    ["TOD", "FIXM", "XX"].contains(where: file.lines[index].holds)
                        && file.lines[index].contains(Self.unfinished)
                }.map { $0 + 1 }
            },
            offending: (
                SourceFile(path: "A.swift", text: "struct A {}\n// TO" + "DO: more"), [2]
            ),
            tidy: SourceFile(path: "A.swift", text: "/// All done today.")
        ),
        .forbid(
            word: "public",
            /\bpublic\b/,
            "only the RPC client and the contracts are public; the rest is package or narrower",
            in: {
                $0.isProductSwift && !$0.path.hasPrefix("Shared/RPC/")
                    && !$0.path.hasPrefix("Shared/Contracts/")
            },
            offending: ("Shared/ServiceKit/A.swift", "import RPC\n\npublic struct A {}", [3]),
            tidy: ("Services/Identity/A.swift", "package struct A {}  // not public\n")
        ),
    ]

    /// With brackets, so that this line is no offender itself.
    private static var unfinished: Regex<Substring> { /\b(?:TOD[O]|FIXM[E]|XX[X])\b/ }

    /// Rules that keep peers, databases, files and clocks from ending a process, and races from
    /// hiding.
    private static let safety: [TidyCheck] = [
        .forbid(
            word: "Synchronization",
            /\bimport\s(?:.*\s)?Synchronization\b/,
            "locks come from Locks, so that ThreadSanitizer sees what they protect",
            in: { $0.isSwift && !$0.path.hasPrefix("Shared/Locks/") },
            offending: ("Tests/RPCTests/A.swift", "internal import Synchronization", [1]),
            tidy: ("Shared/Locks/A.swift", "@_exported import Synchronization")
        ),
        .forbid(
            word: "try!",
            /\btry!/,
            "an error is handled, not trapped on",
            offending: ("Shared/RPC/A.swift", "let a = try! b()", [1]),
            tidy: ("Shared/RPC/A.swift", "// try! is forbidden\nlet a = \"try!\"")
        ),
        .forbid(
            word: "as!",
            /\bas!/,
            "a cast that may fail is checked",
            offending: ("Shared/RPC/A.swift", "let a = b as! String", [1]),
            tidy: ("Shared/RPC/A.swift", "let a = b as? String")
        ),
        .forbid(
            word: "(",
            /\b(?:fatalError|assertionFailure)\(/,
            "the product does not trap by fatalError or assertionFailure",
            offending: ("Services/Identity/A.swift", "func a() { fatalError(\"no\") }", [1]),
            tidy: ("Services/Identity/A.swift", "func a() throws { throw A() }")
        ),
        .forbid(
            word: "try?",
            /\btry\?/,
            "a swallowed error says why on the line above",
            unlessCommented: "",
            offending: ("Shared/RPC/A.swift", "let a = 1\n\nlet b = try? c()", [3]),
            tidy: ("Shared/RPC/A.swift", "// Gone already is as good as removed.\ntry? remove(a)")
        ),
        .forbid(
            word: "un",
            /@unchecked\s+Sendable|\bnonisolated\(unsafe\)/,
            "an unchecked promise says why it holds, after “Safe because”, on the line above",
            unlessCommented: "Safe because",
            offending: ("Shared/RPC/A.swift", "// Fine.\nclass A: @unchecked Sendable {}", [2]),
            tidy: (
                "Shared/RPC/A.swift",
                "// Safe because it has no state.\nfinal class A: @unchecked Sendable {}"
            )
        ),
        .forbid(
            word: "Task",
            /\bTask\s*(?:\.\s*detached\s*)?(?:\([^)]*\)\s*)?\{|\bTask\.detached\b/,
            "work is structured: only the RPC layer starts tasks of their own",
            in: { $0.isProductSwift && !$0.path.hasPrefix("Shared/RPC/") },
            offending: (
                "Services/Identity/A.swift",
                "Task { a() }\nTask.detached { b() }\nTask(priority: .low) { c() }", [1, 2, 3]
            ),
            tidy: ("Shared/RPC/A.swift", "Task { a() }\n")
        ),
    ]
}
