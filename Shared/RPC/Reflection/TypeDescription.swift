/// The type of a field or message, for people and for tools that were not compiled against it.
public struct TypeDescription: Codable, Hashable, Sendable, DocumentedFields {
    /// What kind of value it is.
    public var kind: TypeKind
    /// For objects and enumerations: the name, by which recursive types are referred to.
    public var name: String?
    /// For objects: the fields in their order; absent where a type refers back to itself.
    public var fields: [FieldDescription]?
    /// For arrays and maps: exactly one, the type of each element or value.
    public var elements: [TypeDescription]?
    /// For enumerations: the values this version knows.
    public var cases: [String]?

    /// Describes a type.
    public init(
        kind: TypeKind, name: String? = nil, fields: [FieldDescription]? = nil,
        elements: [TypeDescription]? = nil, cases: [String]? = nil
    ) {
        self.kind = kind
        self.name = name
        self.fields = fields
        self.elements = elements
        self.cases = cases
    }

    public static let fieldDocumentation = [
        "kind": "What kind of value it is.",
        "name": "For objects and enumerations: the name of the type.",
        "fields": "For objects: the fields; absent where a type refers back to itself.",
        "elements": "For arrays and maps: one entry, the type of each element or value.",
        "cases": "For enumerations: the values this version knows.",
    ]
}

/// One field of an object.
public struct FieldDescription: Codable, Hashable, Sendable, DocumentedFields {
    /// The key on the wire.
    public var name: String
    /// The type of the value.
    public var type: TypeDescription
    /// Whether the field may be absent.
    public var isOptional: Bool
    /// One sentence for people.
    public var documentation: String?

    /// Describes a field.
    public init(
        name: String, type: TypeDescription, isOptional: Bool, documentation: String? = nil
    ) {
        self.name = name
        self.type = type
        self.isOptional = isOptional
        self.documentation = documentation
    }

    public static let fieldDocumentation = [
        "name": "The key on the wire.",
        "type": "The type of the value.",
        "isOptional": "Whether the field may be absent.",
        "documentation": "One sentence for people.",
    ]
}

/// A kind of value.
public struct TypeKind: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let boolean = Self(rawValue: "boolean")
    /// A signed integer.
    public static let integer = Self(rawValue: "integer")
    /// An integer that is not negative.
    public static let unsigned = Self(rawValue: "unsigned")
    public static let float = Self(rawValue: "float")
    public static let string = Self(rawValue: "string")
    public static let bytes = Self(rawValue: "bytes")
    /// Seconds since 1970, CBOR tag 1.
    public static let date = Self(rawValue: "date")
    /// 16 bytes, CBOR tag 37.
    public static let uuid = Self(rawValue: "uuid")
    /// Exact decimal fraction, CBOR tag 4.
    public static let decimal = Self(rawValue: "decimal")
    public static let array = Self(rawValue: "array")
    /// A map with text keys.
    public static let map = Self(rawValue: "map")
    public static let object = Self(rawValue: "object")
    /// A string out of a set that may grow.
    public static let enumeration = Self(rawValue: "enumeration")
    /// Any CBOR value.
    public static let any = Self(rawValue: "any")

    public static let knownCases: [Self] = [
        .boolean, .integer, .unsigned, .float, .string, .bytes, .date, .uuid, .decimal, .array,
        .map, .object, .enumeration, .any,
    ]
}
