import RPC
import Wire

/// A request with every field in place, to be filled in and sent back with `--json @file`.
///
/// Optional fields are null, which is not sent, so that only what one fills in takes effect.
enum RequestTemplate {
    /// Types that contain themselves end here.
    private static let depthLimit = 6

    static func value(of type: TypeDescription, depth: Int = 0) -> CBORValue {
        guard depth < self.depthLimit else { return .null }
        switch type.kind {
        case .boolean: return .bool(false)
        case .integer, .unsigned: return .unsigned(0)
        case .float: return .float(0)
        case .decimal: return .text("0")
        case .bytes: return .text("")
        case .date: return .text(type.placeholder)
        case .uuid: return .text("00000000-0000-0000-0000-000000000000")
        case .enumeration:
            if let field = type.fields?.first {
                return .object([(field.name, self.value(of: field.type, depth: depth + 1))])
            }
            return .text(type.cases?.first ?? "")
        case .array:
            return .array(type.element.map { [self.value(of: $0, depth: depth + 1)] } ?? [])
        case .map: return .object([])
        case .object:
            let fields = type.fields ?? []
            return .object(
                fields.map { field in
                    let value =
                        field.isOptional ? .null : self.value(of: field.type, depth: depth + 1)
                    return (field.name, value)
                })
        case .any: return .null
        default: return .text("")
        }
    }

    /// The shortest command line that calls the method: its required fields only.
    static func commandLine(method: String, request: TypeDescription) -> String {
        let words = (request.fields ?? []).filter { !$0.isOptional }.map { field in
            switch field.type.kind {
            case .object, .map: "\(field.name):='{…}'"
            case .array: "\(field.name)[]=\(field.type.element?.placeholder ?? "TEXT")"
            default: "\(field.name)=\(field.type.placeholder)"
            }
        }
        return (["rpcctl call \(method)"] + words).joined(separator: " ")
    }
}
