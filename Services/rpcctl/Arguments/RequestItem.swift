/// One word of a command line such as `title=Hello`, taken apart but not yet typed.
///
/// The grammar is HTTPie's:
///
///     key=value       text, typed by the schema
///     key:=json       JSON
///     key=@file       a file's content (`@-` is standard input)
///     key:=@file      JSON from a file
///
/// A key is a path: `a.b` a field of a field, `a[]` one more element, `a[0]` the first element,
/// `a[name]` an entry of a map.  A backslash takes the next character literally.
struct RequestItem: Hashable, Sendable {
    /// What stands to the right of the separator.
    enum Value: Hashable, Sendable {
        case text(String)
        case json(String)
        case file(String)
        case jsonFile(String)
    }

    var path: RequestPath
    var value: Value

    /// Takes a word apart.
    ///
    /// - Throws: a ``CommandFailure`` with status 65 that quotes the word.
    init(parsing word: String) throws {
        var scanner = WordScanner(word)
        self.path = RequestPath(components: try scanner.readPath())
        let isJSON = try scanner.readSeparator()
        self.value = scanner.readValue(isJSON: isJSON)
    }
}

/// Where in a request a value goes.
struct RequestPath: Hashable, Sendable, CustomStringConvertible {
    enum Component: Hashable, Sendable {
        case key(String)
        case append
        case index(Int)
    }

    var components: [Component] = []

    func appending(_ component: Component) -> Self {
        Self(components: self.components + [component])
    }

    func appending(key: String) -> Self { self.appending(.key(key)) }

    var description: String {
        var text = ""
        for component in self.components {
            switch component {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .append: text += "[]"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}

/// Reads a word from left to right.
private struct WordScanner {
    private let word: String
    private var rest: Substring

    init(_ word: String) {
        self.word = word
        self.rest = word[...]
    }

    mutating func readPath() throws -> [RequestPath.Component] {
        var components: [RequestPath.Component] = []
        let first = self.readKey(until: Self.isKeyEnd)
        guard !first.isEmpty else {
            throw self.failure("begins without a field's name")
        }
        components.append(.key(first))
        while let next = self.rest.first {
            switch next {
            case ".":
                self.rest.removeFirst()
                let key = self.readKey(until: Self.isKeyEnd)
                guard !key.isEmpty else { throw self.failure("has an empty name after “.”") }
                components.append(.key(key))
            case "[":
                self.rest.removeFirst()
                components.append(try self.readBracket())
            default:
                return components
            }
        }
        return components
    }

    /// Reads `=` or `:=`; true for the latter.
    mutating func readSeparator() throws -> Bool {
        switch self.rest.first {
        case "=":
            self.rest.removeFirst()
            return false
        case ":":
            self.rest.removeFirst(2)
            return true
        default:
            throw self.failure("is not key=value, key:=json or key=@file")
        }
    }

    mutating func readValue(isJSON: Bool) -> RequestItem.Value {
        if self.rest.first == "@" {
            let path = String(self.rest.dropFirst())
            return isJSON ? .jsonFile(path) : .file(path)
        }
        if isJSON { return .json(String(self.rest)) }
        return .text(String(self.rest.hasPrefix("\\@") ? self.rest.dropFirst() : self.rest))
    }

    private mutating func readBracket() throws -> RequestPath.Component {
        let isQuoted = self.rest.first == "\\"
        let content = self.readKey { $0.first == "]" }
        guard self.rest.first == "]" else { throw self.failure("has a “[” without “]”") }
        self.rest.removeFirst()
        if content.isEmpty { return .append }
        if !isQuoted, let index = Int(content), index >= 0 { return .index(index) }
        return .key(content)
    }

    private mutating func readKey(until isEnd: (Substring) -> Bool) -> String {
        var key = ""
        while let character = self.rest.first, !isEnd(self.rest) {
            self.rest.removeFirst()
            if character == "\\", let literal = self.rest.first {
                self.rest.removeFirst()
                key.append(literal)
            } else {
                key.append(character)
            }
        }
        return key
    }

    private static func isKeyEnd(_ rest: Substring) -> Bool {
        switch rest.first {
        case ".", "[", "=": true
        case ":": rest.dropFirst().first == "="
        default: false
        }
    }

    private func failure(_ problem: String) -> CommandFailure {
        .invalidRequest(
            "“\(self.word)” \(problem).",
            hints: ["title=Hello   tags[]=a   limits.size:=10   body=@file"])
    }
}
