import Foundation
import ProcessTestSupport

/// The files of this checkout that people write.
enum Repository {
    /// The directory that holds `Package.swift`.
    static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// All text files under the folders that belong to the project, in the order of their paths.
    static let files: [SourceFile] = {
        var paths = ["Package.swift", "README.md", ".ci/run"]
        for folder in ["Services", "Shared", "Tests", "deploy"] {
            let walk = FileManager.default.enumerator(atPath: "\(Self.root)/\(folder)")
            while let path = walk?.nextObject() as? String {
                let isMade = ["__pycache__/", ".build/", ".swiftpm/", ".pb.swift"]
                    .contains(where: path.contains)
                guard !isMade else { continue }
                paths.append("\(folder)/\(path)")
            }
        }
        return paths.sorted().compactMap { path in
            // A directory, or a file that is not text, is no concern of these tests.
            guard let text = try? String(contentsOfFile: "\(Self.root)/\(path)", encoding: .utf8)
            else { return nil }
            return SourceFile(path: path, text: text)
        }
    }()

    /// One file by its path.
    static func file(_ path: String) -> SourceFile? {
        Self.files.first { $0.path == path }
    }

    /// Runs a command in the root.
    static func run(_ command: String, _ arguments: String...) async throws -> Program.Outcome {
        try await Program.run("/usr/bin/env", ["-C", Self.root, command] + arguments)
    }
}
