import RPC

/// What may come next in a request on the command line: fields by name, and values where there are
/// only a few.
struct FieldCompletion {
    let request: TypeDescription
    /// The words that name fields already.
    let given: [String]

    /// Objects deeper than this are left to be typed.
    private static let depthLimit = 3

    /// The words that may stand where the prefix stands.
    func candidates(for prefix: String) -> [String] {
        guard let separator = prefix.firstIndex(of: "=") else {
            let taken = self.given.map { word in String(word.prefix { $0 != "=" && $0 != ":" }) }
            return Self.fields(of: self.request, below: "", depth: 0)
                .filter { field in
                    field.hasPrefix(prefix)
                        && (field.contains("[") || !taken.contains(String(field.dropLast())))
                }
        }
        let key = prefix[...separator]
        guard !key.hasSuffix(":="), let type = self.type(at: key.dropLast()) else { return [] }
        let values = type.kind == .boolean ? ["true", "false"] : type.cases ?? []
        return values.map { key + $0 }.filter { $0.hasPrefix(prefix) }
    }

    /// The paths to everything that takes a value, each with what comes after it.
    private static func fields(
        of type: TypeDescription, below path: String, depth: Int
    ) -> [String] {
        (type.fields ?? []).flatMap { field -> [String] in
            let name = path + field.name
            switch field.type.kind {
            case .object where field.type.fields != nil && depth + 1 < Self.depthLimit:
                return Self.fields(of: field.type, below: name + ".", depth: depth + 1)
            case .object: return [name + "."]
            case .map: return [name + "["]
            case .array: return [name + "[]="]
            default: return [name + "="]
            }
        }
    }

    /// The type of what a path leads to.
    private func type(at key: Substring) -> TypeDescription? {
        // What is not a path leads to nothing, which is what is asked here.
        guard let path = (try? RequestItem(parsing: key + "="))?.path else { return nil }
        return path.components.reduce(self.request as TypeDescription?) { type, component in
            switch component {
            case .key(let name):
                type?.kind == .map
                    ? type?.element : type?.fields?.first { $0.name == name }?.type
            case .append, .index: type?.kind == .array ? type?.element : nil
            }
        }
    }
}
