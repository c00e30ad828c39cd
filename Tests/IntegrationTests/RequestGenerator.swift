import Foundation
import NIOCore
import RPC
import Wire

/// Makes requests for any method from its description alone, aimed at one person's things.
struct RequestGenerator {
    /// What to name wherever a field asks for an id.
    struct Target {
        var user: UUID
        var session: UUID
        var conversation: UUID
        var message: UUID
        /// A word that stands in the target's messages and nowhere else.
        var word: String
    }

    /// Whose things the requests name.
    let target: Target
    /// Whether optional fields are filled too.
    let isComplete: Bool

    /// A request of a type.
    func request(_ type: TypeDescription) -> ByteBuffer {
        self.value(type, field: "").encoded()
    }

    /// Whether a request of a type names somebody's thing.
    static func namesThings(_ type: TypeDescription) -> Bool {
        type.fields?.contains { Self.isName($0) } ?? false
    }

    /// Whether a field asks for the id of a thing that the target has.
    private static func isName(_ field: FieldDescription) -> Bool {
        let isID = field.type.kind == .uuid || field.type.elements?.first?.kind == .uuid
        let name = field.name.lowercased()
        return isID
            && ["conversation", "message", "leaf", "parent", "session", "user", "owner"]
                .contains(where: name.contains)
    }

    private func value(_ type: TypeDescription, field: String) -> CBORValue {
        switch type.kind {
        case .boolean: .bool(true)
        case .integer, .unsigned: .unsigned(1)
        case .float: .float(0.5)
        case .bytes: .bytes(Array("{}".utf8))
        case .date: .tagged(1, .unsigned(1_800_000_000))
        case .uuid: .tagged(37, .bytes(self.id(for: field.lowercased()).bytes))
        case .decimal: .tagged(4, .array([.unsigned(0), .unsigned(1)]))
        case .array:
            .array(
                (type.elements ?? []).filter { $0.kind == .uuid }.map {
                    self.value($0, field: field)
                }
            )
        case .map: .map([])
        case .object: self.object(type)
        case .enumeration: .text(type.cases?.first ?? "")
        case .any: .map([])
        default: .text(self.text(for: field.lowercased()))
        }
    }

    private func object(_ type: TypeDescription) -> CBORValue {
        let fields = (type.fields ?? []).filter { field in
            // A page token or a version has a meaning of its own; what the caller may leave out
            // is often one of two things that exclude each other, unless it names something.
            guard field.isOptional else { return true }
            return !["pageToken", "expectedVersion"].contains(field.name)
                && (self.isComplete || Self.isName(field))
        }
        return .map(
            fields.map { CBORPair(.text($0.name), self.value($0.type, field: $0.name)) }
        )
    }

    private func id(for field: String) -> UUID {
        if field.contains("session") { return self.target.session }
        if ["user", "owner", "sender", "person"].contains(where: field.contains) {
            return self.target.user
        }
        if ["message", "leaf", "parent"].contains(where: field.contains) {
            return self.target.message
        }
        return self.target.conversation
    }

    private func text(for field: String) -> String {
        if field.contains("email") { return "\(UUID().uuidString.lowercased())@example.org" }
        if field.contains("zone") { return "Europe/Berlin" }
        if field.contains("permission") { return "things:read" }
        if field == "query" { return self.target.word }
        return "anything"
    }
}

extension UUID {
    /// The sixteen bytes.
    var bytes: [UInt8] { withUnsafeBytes(of: self.uuid, Array.init) }
}
