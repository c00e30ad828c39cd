import Foundation
import Testing

@Suite("README")
struct ReadmeTests {
    private static let documents = Repository.files.filter { $0.path.hasSuffix("README.md") }

    @Test("Every command of the project that a README shows exists")
    func commandsExist() {
        let commands = Self.documents.flatMap { Self.commands(in: $0.text) }
        #expect(commands.contains("deploy/up") && commands.contains("deploy/test"))
        for command in commands { #expect(Self.exists(command), "\(command)") }
    }

    @Test(
        "A command that does not exist is found",
        arguments: ["deploy/upp", "rpcctl frobnicate", "steward-identity frobnicate"]
    )
    func missingCommandIsFound(command: String) {
        let text = "# A\n\n```sh\n$ \(command) --x\n```\n"
        #expect(Self.commands(in: text) == [command])
        #expect(!Self.exists(command))
    }

    /// The project's commands in fenced blocks, without their arguments.
    static func commands(in text: String) -> [String] {
        var isFenced = false
        return text.split(separator: "\n").compactMap { line in
            if line.hasPrefix("```") {
                isFenced.toggle()
                return nil
            }
            let words = line.split(separator: " ").drop { $0 == "$" }
            guard isFenced, let first = words.first else { return nil }
            if first.hasPrefix("deploy/") { return String(first) }
            guard first == "rpcctl" || first.hasPrefix("steward-") else { return nil }
            guard let subcommand = words.dropFirst().first, subcommand.first?.isLetter == true
            else { return nil }
            return "\(first) \(subcommand)"
        }
    }

    /// Whether a script is there, or a program declares the subcommand.
    static func exists(_ command: String) -> Bool {
        let words = command.split(separator: " ")
        if words[0].hasPrefix("deploy/") {
            return FileManager.default.isExecutableFile(atPath: "\(Repository.root)/\(words[0])")
        }
        let folders =
            switch words[0] {
            case "rpcctl": ["Services/rpcctl/"]
            case "steward-identity": ["Services/Identity/", "Shared/ServiceKit/"]
            case "steward-audit": ["Services/Audit/", "Shared/ServiceKit/"]
            case "steward-vault": ["Services/Vault/", "Shared/ServiceKit/"]
            case "steward-conversations": ["Services/Conversations/", "Shared/ServiceKit/"]
            default: [String]()
            }
        let spellings = ["commandName: \"\(words[1])\"", "struct \(words[1].capitalized):"]
        return Repository.files.contains { file in
            folders.contains(where: file.path.hasPrefix)
                && spellings.contains(where: file.text.contains)
        }
    }
}
