import Foundation
import Testing

@testable import RPC

@Suite("Reflection")
struct ReflectionTests {
    struct Colour: OpenEnumeration {
        let rawValue: String
        init(rawValue: String) { self.rawValue = rawValue }
        static let red = Self(rawValue: "red")
        static let blue = Self(rawValue: "blue")
        static let knownCases: [Self] = [.red, .blue]
    }

    enum Size: String, Codable, CaseIterable { case small, large }

    struct Tree: Codable, DocumentedFields {
        var name: String
        var children: [Tree]
        var parent: [String: Tree]?
        static let fieldDocumentation = ["name": "The name."]
    }

    struct Everything: Codable {
        var flag: Bool
        var small: Int8
        var count: UInt64
        var ratio: Double
        var text: String
        var bytes: Data
        var raw: [UInt8]
        var date: Date
        var id: UUID
        var price: Decimal
        var colour: Colour
        var size: Size
        var tags: [String]
        var values: [String: Int]
        var tree: Tree
        var maybeFlag: Bool?
        var maybeCount: Int?
        var maybeText: String?
        var maybeTree: Tree?
        var maybeTags: [Colour]?
    }

    private func field(_ name: String) throws -> FieldDescription {
        let description = try TypeDescription(recording: Everything.self)
        return try #require(description.fields?.first { $0.name == name })
    }

    @Test(
        "Every kind of field is recorded with its kind and optionality",
        arguments: [
            ("flag", TypeKind.boolean, false), ("small", .integer, false),
            ("count", .unsigned, false),
            ("ratio", .float, false), ("text", .string, false), ("bytes", .bytes, false),
            ("raw", .bytes, false), ("date", .date, false), ("id", .uuid, false),
            ("price", .decimal, false), ("colour", .enumeration, false),
            ("size", .enumeration, false),
            ("tags", .array, false), ("values", .map, false), ("tree", .object, false),
            ("maybeFlag", .boolean, true), ("maybeCount", .integer, true),
            ("maybeText", .string, true),
            ("maybeTree", .object, true), ("maybeTags", .array, true),
        ])
    func kinds(name: String, kind: TypeKind, isOptional: Bool) throws {
        let field = try self.field(name)
        #expect(field.type.kind == kind)
        #expect(field.isOptional == isOptional)
    }

    @Test("Fields keep their order, and enumerations name their cases")
    func details() throws {
        let description = try TypeDescription(recording: Everything.self)
        #expect(description.fields?.count == 20)
        #expect(description.fields?.prefix(3).map(\.name) == ["flag", "small", "count"])
        #expect(try self.field("colour").type.cases == ["red", "blue"])
        #expect(try self.field("size").type.cases == ["small", "large"])
        #expect(try self.field("maybeTags").type.elements?.first?.cases == ["red", "blue"])
    }

    @Test("A type that contains itself is named again without its fields")
    func recursion() throws {
        let tree = try self.field("tree").type
        #expect(tree.fields?.map(\.name) == ["name", "children", "parent"])
        #expect(tree.fields?.first?.documentation == "The name.")
        let child = try #require(tree.fields?[1].type.elements?.first)
        #expect(child.name == "Tree")
        #expect(child.fields == nil)
        #expect(try TypeDescription(recording: MethodDescription.self).kind == .object)
    }

    @Test("A live service lists and describes all of its methods, the built-in ones too")
    func live() async throws {
        let service = try await TestService()
        let client = service.client()
        let list = try await client.call(ListMethods())
        #expect(list.service == "test")
        #expect(
            list.methods.map(\.name) == [
                "rpc.Describe", "rpc.Echo", "rpc.Health", "rpc.List", "rpc.Statistics",
                "test.Count",
                "test.Double", "test.Fail", "test.Hang", "test.Repeat", "test.Secret", "test.Sum",
            ])
        for method in list.methods {
            let description = try await client.call(DescribeMethod(method: method.name))
            #expect(description.name == method.name)
            #expect(description.request.kind == .object)
            for field in description.request.fields ?? [] {
                #expect(field.documentation != nil, "\(method.name).\(field.name)")
            }
        }
        let describe = try await client.call(DescribeMethod(method: "test.Count"))
        #expect(describe.shape == .serverStream)
        #expect(describe.reply == nil)
        #expect(describe.element?.fields?.map(\.name) == ["number", "padding"])
    }

    @Test("Every method that all services have explains every field of its request and reply")
    func builtInsAreDocumented() throws {
        for method in [
            try MethodDescription(unary: ListMethods.self),
            try MethodDescription(unary: DescribeMethod.self),
            try MethodDescription(unary: CheckHealth.self),
            try MethodDescription(unary: ReadStatistics.self),
            try MethodDescription(unary: Echo.self),
        ] {
            for type in [method.request, method.reply].compactMap({ $0 }) {
                for field in Self.fields(type) {
                    #expect(
                        field.documentation?.hasSuffix(".") == true,
                        "\(method.name): \(field.name)")
                }
            }
        }
    }

    @Test("No documentation of statistics speaks of a field that is not there")
    func noGhosts() throws {
        func check<T: Decodable & DocumentedFields>(_ type: T.Type) throws {
            let fields = try TypeDescription(recording: type).fields ?? []
            #expect(Set(fields.map(\.name)) == Set(T.fieldDocumentation.keys), "\(T.self)")
        }
        try check(ReadStatistics.Reply.self)
        try check(ProcessStatistics.self)
        try check(ConnectionStatistics.self)
        try check(RefusalCount.self)
        try check(MethodStatistics.self)
        try check(ErrorCount.self)
        try check(LatencyFigures.self)
        try check(DatabaseFigures.self)
    }

    /// The fields of a type, and those of the types within it.
    private static func fields(_ type: TypeDescription) -> [FieldDescription] {
        (type.fields ?? []).flatMap { [$0] + Self.fields($0.type) }
            + (type.elements ?? []).flatMap(Self.fields)
    }

    @Test("Health reports every dependency")
    func health() async throws {
        let service = try await TestService()
        let health = try await service.client().call(CheckHealth())
        #expect(health.isReady && health.isLive)
        #expect(health.dependencies.map(\.name) == ["nothing"])
    }
}
