import RPC

@testable import rpcctl

/// Types for the tests of typing.
enum Schemas {
    static let message = Self.object(
        "AppendMessage",
        [
            Self.field("conversationID", .uuid),
            Self.field("text", .string),
            Self.field("role", TypeDescription(kind: .enumeration, cases: ["user", "assistant"])),
            Self.field("temperature", .float, isOptional: true),
            Self.field("limit", .unsigned, isOptional: true),
            Self.field("offset", .integer, isOptional: true),
            Self.field("isError", .boolean, isOptional: true),
            Self.field("at", .date, isOptional: true),
            Self.field("cost", .decimal, isOptional: true),
            Self.field("image", .bytes, isOptional: true),
            Self.field(
                "tags", TypeDescription(kind: .array, elements: [TypeDescription(kind: .string)]),
                isOptional: true),
            Self.field(
                "parts",
                TypeDescription(
                    kind: .array,
                    elements: [Self.object("Part", [Self.field("size", .integer)])]),
                isOptional: true),
            Self.field(
                "counters",
                TypeDescription(kind: .map, elements: [TypeDescription(kind: .integer)]),
                isOptional: true),
            Self.field("metadata", .any, isOptional: true),
        ])

    static func object(_ name: String, _ fields: [FieldDescription]) -> TypeDescription {
        TypeDescription(kind: .object, name: name, fields: fields)
    }

    static func field(
        _ name: String, _ kind: TypeKind, isOptional: Bool = false, documentation: String? = nil
    ) -> FieldDescription {
        self.field(
            name, TypeDescription(kind: kind), isOptional: isOptional,
            documentation: documentation)
    }

    static func field(
        _ name: String, _ type: TypeDescription, isOptional: Bool = false,
        documentation: String? = nil
    ) -> FieldDescription {
        FieldDescription(
            name: name, type: type, isOptional: isOptional, documentation: documentation)
    }
}
