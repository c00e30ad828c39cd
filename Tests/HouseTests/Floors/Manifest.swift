/// The targets that a `Package.swift` declares, read from its text.
struct Manifest {
    /// One target.
    struct Target: Equatable {
        /// The module's name.
        var name: String
        /// Where its sources lie.
        var path: String
        /// Other targets and products of packages, by name.
        var dependencies: [String]
        /// Whether it is there for tests only.
        var isTest: Bool
        /// The line of its declaration.
        var line: Int
    }

    /// In the order of their declaration.
    let targets: [Target]

    /// Reads a manifest.
    init(_ source: String) {
        let raw = Array(source.utf8)
        let code = SwiftText(source).bytes
        self.targets = Self.declarations(in: code).compactMap { kind, range in
            let text = Block(raw: raw, code: code, range: range)
            guard let name = text.string(after: "name:"), let path = text.string(after: "path:")
            else { return nil }
            return Target(
                name: name,
                path: path,
                dependencies: text.strings(inListAfter: "dependencies:"),
                isTest: kind == ".testTarget(" || path.hasPrefix("Tests/"),
                line: raw[..<range.lowerBound].count { $0 == UInt8(ascii: "\n") } + 1
            )
        }
    }

    private static func declarations(in code: [UInt8]) -> [(String, Range<Int>)] {
        var found: [(String, Range<Int>)] = []
        for kind in [".target(", ".executableTarget(", ".testTarget(", ".systemLibrary("] {
            var start = 0
            while let position = code.position(of: kind, from: start) {
                start = position + kind.utf8.count
                found.append((kind, start..<code.end(ofBlockOpenedBefore: start)))
            }
        }
        return found.sorted { $0.1.lowerBound < $1.1.lowerBound }
    }
}

/// The text between a pair of brackets, with and without what strings contain.
private struct Block {
    let raw: [UInt8]
    let code: [UInt8]
    let range: Range<Int>

    /// The first string after a label.
    func string(after label: String) -> String? {
        guard let position = self.code.position(of: label, from: self.range.lowerBound),
            position < self.range.upperBound
        else { return nil }
        return self.strings(in: position..<self.range.upperBound).first
    }

    /// For each element of a list, its first string: a target's name, or a product's.
    func strings(inListAfter label: String) -> [String] {
        guard let position = self.code.position(of: label, from: self.range.lowerBound),
            position < self.range.upperBound,
            let open = self.code.position(of: "[", from: position)
        else { return [] }
        let list = (open + 1)..<self.code.end(ofBlockOpenedBefore: open + 1)
        var elements: [String] = []
        var start = list.lowerBound
        while start < list.upperBound {
            let end = self.code.endOfElement(from: start, within: list.upperBound)
            if let first = self.strings(in: start..<end).first { elements.append(first) }
            start = end + 1
        }
        return elements
    }

    private func strings(in range: Range<Int>) -> [String] {
        let quotes = range.filter { self.code[$0] == UInt8(ascii: "\"") }
        return stride(from: 0, to: quotes.count - 1, by: 2).map {
            String(decoding: self.raw[(quotes[$0] + 1)..<quotes[$0 + 1]], as: UTF8.self)
        }
    }
}

extension [UInt8] {
    fileprivate func position(of text: String, from start: Int) -> Int? {
        let wanted = Array(text.utf8)
        return (start..<self.count).first { self[$0...].starts(with: wanted) }
    }

    /// Where the bracket that was opened just before `start` is closed.
    fileprivate func end(ofBlockOpenedBefore start: Int) -> Int {
        var depth = 1
        return (start..<self.count).first { index in
            depth += self.nesting(at: index)
            return depth == 0
        } ?? self.count
    }

    /// The next comma outside brackets, or the end.
    fileprivate func endOfElement(from start: Int, within end: Int) -> Int {
        var depth = 0
        return (start..<end).first { index in
            depth += self.nesting(at: index)
            return depth == 0 && self[index] == UInt8(ascii: ",")
        } ?? end
    }

    private func nesting(at index: Int) -> Int {
        switch self[index] {
        case UInt8(ascii: "("), UInt8(ascii: "["): 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"): -1
        default: 0
        }
    }
}
