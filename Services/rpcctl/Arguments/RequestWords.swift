import RPC
import Wire

/// A request as a command line says it: items such as `title=Hello`, and perhaps `--json`.
struct RequestWords {
    private let items: [RequestItem]
    private let json: String?

    /// Takes the words apart.
    ///
    /// - Parameter json: the whole request: JSON, `@file`, or `-` for standard input.
    /// - Throws: a ``CommandFailure`` with status 65 that quotes the word at fault.
    init(_ words: [String], json: String?) throws {
        self.items = try words.map(RequestItem.init(parsing:))
        self.json = json
    }

    /// The request with the types that a method asks for.
    ///
    /// - Throws: a ``CommandFailure`` with status 65 that names the field at fault.
    func request(as type: TypeDescription, files: FileSource = .disk) throws -> CBORValue {
        var tree =
            try self.json.map { try Self.whole($0, files) }.map(RequestTree.init(base:))
            ?? RequestTree()
        for item in self.items { try tree.insert(item, files: files) }
        return try RequestTyping(files: files).value(tree.root, as: type)
    }

    private static func whole(_ text: String, _ files: FileSource) throws -> CBORValue {
        if text == "-" { return try files.readJSON("-") }
        if text.hasPrefix("@") { return try files.readJSON(String(text.dropFirst())) }
        return try CBORValue.parsing(text, from: "--json")
    }
}
