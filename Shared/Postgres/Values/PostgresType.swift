/// A PostgreSQL type, identified by its object identifier in `pg_type`.
///
/// Source: `src/include/catalog/pg_type.dat`; the identifiers of built-in types never change.
package struct PostgresType: RawRepresentable, Hashable, Sendable {
    /// The object identifier; 0 lets the server infer a parameter's type from its use.
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let inferred = PostgresType(rawValue: 0)
    package static let bool = PostgresType(rawValue: 16)
    package static let bytea = PostgresType(rawValue: 17)
    package static let char = PostgresType(rawValue: 18)
    package static let name = PostgresType(rawValue: 19)
    package static let int8 = PostgresType(rawValue: 20)
    package static let int2 = PostgresType(rawValue: 21)
    package static let int4 = PostgresType(rawValue: 23)
    package static let text = PostgresType(rawValue: 25)
    package static let json = PostgresType(rawValue: 114)
    package static let float4 = PostgresType(rawValue: 700)
    package static let float8 = PostgresType(rawValue: 701)
    package static let unknown = PostgresType(rawValue: 705)
    package static let cidr = PostgresType(rawValue: 650)
    package static let inet = PostgresType(rawValue: 869)
    package static let bpchar = PostgresType(rawValue: 1042)
    package static let varchar = PostgresType(rawValue: 1043)
    package static let timestamptz = PostgresType(rawValue: 1184)
    package static let numeric = PostgresType(rawValue: 1700)
    package static let uuid = PostgresType(rawValue: 2950)
    package static let jsonb = PostgresType(rawValue: 3802)

    package static let boolArray = PostgresType(rawValue: 1000)
    package static let byteaArray = PostgresType(rawValue: 1001)
    package static let int2Array = PostgresType(rawValue: 1005)
    package static let int4Array = PostgresType(rawValue: 1007)
    package static let textArray = PostgresType(rawValue: 1009)
    package static let int8Array = PostgresType(rawValue: 1016)
    package static let float4Array = PostgresType(rawValue: 1021)
    package static let float8Array = PostgresType(rawValue: 1022)
    package static let inetArray = PostgresType(rawValue: 1041)
    package static let timestamptzArray = PostgresType(rawValue: 1185)
    package static let numericArray = PostgresType(rawValue: 1231)
    package static let uuidArray = PostgresType(rawValue: 2951)
    package static let jsonbArray = PostgresType(rawValue: 3807)

    /// The first identifier the server gives to types that a database defines itself (enums, …).
    private static let firstUserDefined: UInt32 = 16_384

    /// Whether a database defined this type itself.
    package var isUserDefined: Bool {
        self.rawValue >= Self.firstUserDefined
    }
}

extension PostgresType: CustomStringConvertible {
    /// The type's SQL name where it is known here, otherwise its identifier.
    package var description: String {
        switch self {
        case .inferred: "inferred"
        case .bool: "boolean"
        case .bytea: "bytea"
        case .char: "\"char\""
        case .name: "name"
        case .int8: "bigint"
        case .int2: "smallint"
        case .int4: "integer"
        case .text: "text"
        case .json: "json"
        case .float4: "real"
        case .float8: "double precision"
        case .unknown: "unknown"
        case .cidr: "cidr"
        case .inet: "inet"
        case .bpchar: "character"
        case .varchar: "character varying"
        case .timestamptz: "timestamptz"
        case .numeric: "numeric"
        case .uuid: "uuid"
        case .jsonb: "jsonb"
        case .boolArray: "boolean[]"
        case .byteaArray: "bytea[]"
        case .int2Array: "smallint[]"
        case .int4Array: "integer[]"
        case .textArray: "text[]"
        case .int8Array: "bigint[]"
        case .float4Array: "real[]"
        case .float8Array: "double precision[]"
        case .inetArray: "inet[]"
        case .timestamptzArray: "timestamptz[]"
        case .numericArray: "numeric[]"
        case .uuidArray: "uuid[]"
        case .jsonbArray: "jsonb[]"
        default: "type \(self.rawValue)"
        }
    }
}
