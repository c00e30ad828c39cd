import Wire

/// A request as the command line says it: shape known, types not yet.
indirect enum RequestNode: Hashable, Sendable {
    /// Characters from the command line, to be typed by the schema.
    case text(String)
    /// A file's content, to be read when its type is known.
    case file(String)
    /// A JSON value.
    case json(CBORValue)
    case object([RequestEntry])
    case array([RequestNode])
}

/// One field of a ``RequestNode``.
struct RequestEntry: Hashable, Sendable {
    var name: String
    var node: RequestNode
}

/// Puts the words of a command line together into one request.
struct RequestTree: Sendable {
    private(set) var root: RequestNode

    /// Begins with a whole request as JSON, which single items then complete or override.
    init(base: CBORValue = .object([])) {
        self.root = .json(base)
    }

    /// Puts one item into its place.
    ///
    /// - Throws: a ``CommandFailure`` with status 65 if it contradicts another item.
    mutating func insert(_ item: RequestItem, files: FileSource) throws {
        let leaf: RequestNode =
            switch item.value {
            case .text(let text): .text(text)
            case .file(let path): .file(path)
            case .json(let json): .json(try CBORValue.parsing(json, from: "\(item.path)"))
            case .jsonFile(let path): .json(try files.readJSON(path))
            }
        try Self.insert(leaf, at: item.path.components[...], into: &self.root, of: item.path)
    }

    private static func insert(
        _ leaf: RequestNode,
        at path: ArraySlice<RequestPath.Component>,
        into node: inout RequestNode,
        of wholePath: RequestPath
    ) throws {
        guard let component = path.first else {
            // A value from JSON may be overridden; two items of the command line may not disagree.
            guard case .json = node else {
                throw CommandFailure.invalidRequest("“\(wholePath)” is given twice.")
            }
            node = leaf
            return
        }
        let rest = path.dropFirst()
        switch component {
        case .key(let name):
            guard var entries = node.entries else { throw self.conflict(wholePath, "fields") }
            if let index = entries.firstIndex(where: { $0.name == name }) {
                try self.insert(leaf, at: rest, into: &entries[index].node, of: wholePath)
            } else {
                let child = try self.fresh(leaf, at: rest, of: wholePath)
                entries.append(RequestEntry(name: name, node: child))
            }
            node = .object(entries)
        case .append, .index:
            guard var elements = node.elements else { throw self.conflict(wholePath, "elements") }
            if case .index(let index) = component, index < elements.count {
                try self.insert(leaf, at: rest, into: &elements[index], of: wholePath)
            } else {
                if case .index(let index) = component, index > elements.count {
                    throw CommandFailure.invalidRequest(
                        "“\(wholePath)” leaves a gap: the next element is [\(elements.count)].")
                }
                elements.append(try self.fresh(leaf, at: rest, of: wholePath))
            }
            node = .array(elements)
        }
    }

    /// A node that holds nothing but the leaf.
    private static func fresh(
        _ leaf: RequestNode, at path: ArraySlice<RequestPath.Component>, of wholePath: RequestPath
    ) throws -> RequestNode {
        guard let next = path.first else { return leaf }
        var node: RequestNode =
            if case .key = next { .object([]) } else { .array([]) }
        try self.insert(leaf, at: path, into: &node, of: wholePath)
        return node
    }

    private static func conflict(_ path: RequestPath, _ what: String) -> CommandFailure {
        .invalidRequest("“\(path)” gives \(what) to something that another item gives a value.")
    }
}

extension RequestNode {
    /// The fields, if this is or can become an object.
    var entries: [RequestEntry]? {
        switch self {
        case .object(let entries): entries
        case .json(.map(let pairs)):
            pairs.map { RequestEntry(name: $0.key.textValue ?? "", node: .json($0.value)) }
        case .json(.null): []
        default: nil
        }
    }

    /// The elements, if this is or can become an array.
    var elements: [RequestNode]? {
        switch self {
        case .array(let elements): elements
        case .json(.array(let values)): values.map(RequestNode.json)
        case .json(.null): []
        default: nil
        }
    }
}
