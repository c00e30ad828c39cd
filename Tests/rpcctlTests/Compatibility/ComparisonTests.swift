import RPC
import Testing

@testable import rpcctl

@Suite("Comparing contracts")
struct ComparisonTests {
    /// A method of a test, to be changed in one place.
    private static func method(
        _ change: (inout MethodDescription) -> Void
    ) throws
        -> MethodDescription
    {
        var method = try MethodDescription(unary: Archive.self)
        change(&method)
        return method
    }

    private static func changes(
        _ change: (inout MethodDescription) -> Void
    ) throws -> [ContractChange] {
        ContractComparison.changes(
            from: ContractSnapshot(methods: [try self.method { _ in }]),
            to: ContractSnapshot(methods: [try self.method(change)]))
    }

    private static func index(_ name: String, in type: TypeDescription) throws -> Int {
        try #require(type.fields?.firstIndex { $0.name == name })
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let breaks: Bool
        let place: String
        let change: @Sendable (inout MethodDescription) -> Void

        init(
            _ name: String, _ breaks: Bool, at place: String,
            _ change: @escaping @Sendable (inout MethodDescription) -> Void
        ) {
            self.testDescription = name
            self.breaks = breaks
            self.place = place
            self.change = change
        }
    }

    private static func field(
        _ name: String, _ kind: TypeKind, isOptional: Bool
    ) -> FieldDescription {
        FieldDescription(name: name, type: TypeDescription(kind: kind), isOptional: isOptional)
    }

    // The fields of the request: folderID, mode, depth, tags, owner.
    static let cases = [
        Case("another shape", true, at: "shape") { $0.shape = .serverStream },
        Case("another access rule", true, at: "access") { $0.access = "anyone" },
        Case("weaker repeatability", true, at: "repeatability") { $0.repeatability = .never },
        Case("stronger repeatability", false, at: "repeatability") {
            $0.repeatability = .readOnly
        },
        Case("answers kept no more", true, at: "answer to a call with a key") {
            $0.keyedAnswer = nil
        },
        Case("unknown fields accepted", false, at: "unknown fields") {
            $0.unknownFields = .ignore
        },
        Case("another audit action", false, at: "audit action") { $0.auditAction = "kept" },
        Case("another timeout", false, at: "default timeout") {
            $0.defaultTimeoutMilliseconds = 1
        },
        Case("a request field removed", true, at: "request.depth") {
            $0.request.fields?.remove(at: 2)
        },
        Case("an optional request field", false, at: "request.new") {
            $0.request.fields?.append(field("new", .string, isOptional: true))
        },
        Case("a required request field", true, at: "request.new") {
            $0.request.fields?.append(field("new", .string, isOptional: false))
        },
        Case("a request field required now", true, at: "request.depth") {
            $0.request.fields?[2].isOptional = false
        },
        Case("a request field optional now", false, at: "request.folderID") {
            $0.request.fields?[0].isOptional = true
        },
        Case("a request field of another type", true, at: "request.folderID") {
            $0.request.fields?[0].type.kind = .string
        },
        Case("a request field of a narrower type", true, at: "request.depth") {
            $0.request.fields?[2].type.kind = .unsigned
        },
        Case("a request field of a wider type", false, at: "request.depth") {
            $0.request.fields?[2].type.kind = .any
        },
        Case("a request's enumeration narrowed", true, at: "request.mode") {
            $0.request.fields?[1].type.cases = ["copy"]
        },
        Case("a request's enumeration widened", false, at: "request.mode") {
            $0.request.fields?[1].type.cases?.append("link")
        },
        Case("elements of another type", true, at: "request.tags[]") {
            $0.request.fields?[3].type.elements = [TypeDescription(kind: .integer)]
        },
        Case("a field of a field removed", true, at: "request.owner.since") {
            $0.request.fields?[4].type.fields?.remove(at: 1)
        },
        Case("a reply field removed", true, at: "reply.archivedAt") {
            $0.reply?.fields?.remove(at: 0)
        },
        Case("a reply field added", false, at: "reply.new") {
            $0.reply?.fields?.append(field("new", .string, isOptional: false))
        },
        Case("a reply field optional now", true, at: "reply.archivedAt") {
            $0.reply?.fields?[0].isOptional = true
        },
        Case("a reply field of a wider type", true, at: "reply.archivedAt") {
            $0.reply?.fields?[0].type.kind = .any
        },
    ]

    @Test("One change is found in its place, and breaks callers or not", arguments: Self.cases)
    func one(_ test: Case) throws {
        let changes = try Self.changes(test.change)
        #expect(changes.map(\.place) == [test.place])
        #expect(changes.map(\.isBreaking) == [test.breaks])
        #expect(changes.map(\.subject) == ["lab.Archive"])
    }

    @Test("Words that explain, and names of types, promise nothing")
    func wording() throws {
        let changes = try Self.changes { method in
            method.documentation = "Archives."
            method.request.fields?[0].documentation = "Which."
            method.request.name = "Other"
        }
        #expect(changes.isEmpty)
    }

    @Test("A method that is gone breaks, and where it has gone is guessed by its fields")
    func methods() throws {
        let old = ContractSnapshot(methods: [
            try Self.method { _ in }, try MethodDescription(unary: Repeat.self),
        ])
        let new = ContractSnapshot(methods: [
            try Self.method { $0.name = "lab.Store" }, try MethodDescription(unary: Repeat.self),
        ])
        let changes = ContractComparison.changes(from: old, to: new)
        #expect(changes.map(\.subject) == ["lab.Archive", "lab.Store"])
        #expect(changes.map(\.kind) == [.removed, .added])
        #expect(changes.map(\.isBreaking) == [true, false])
        #expect(changes.first?.detail == "perhaps it is lab.Store now")
    }

    @Test("A renamed field is told apart from one that is merely gone")
    func renamed() throws {
        let changes = try Self.changes { $0.request.fields?[0].name = "folder" }
        #expect(changes.map(\.place) == ["request.folderID", "request.folder"])
        #expect(changes.map(\.isBreaking) == [true, true])
        #expect(changes.first?.detail == "perhaps it is folder now")
    }

    @Test("A service that is gone breaks, one that is new does not")
    func services() throws {
        let lab = ContractSnapshot(methods: [try Self.method { _ in }])
        let nothing = ContractSnapshot(services: [:])
        let removed = ContractComparison.changes(from: lab, to: nothing)
        #expect(removed.map(\.isBreaking) == [true] && removed.map(\.subject) == ["lab"])
        let added = ContractComparison.changes(from: nothing, to: lab)
        #expect(added.map(\.isBreaking) == [false])
    }

    @Test("A snapshot's file reads back as it was written, a field a line")
    func file() throws {
        let snapshot = ContractSnapshot(methods: [
            try Self.method { _ in }, try MethodDescription(serverStream: Count.self),
        ])
        let text = try snapshot.text()
        #expect(try ContractSnapshot(file: Array(text.utf8), from: "test") == snapshot)
        #expect(text.split(separator: "\n").contains { $0.contains("\"name\":\"depth\"") })
        #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 160 })
    }

    @Test(
        "What is no snapshot is refused with its name",
        arguments: ["", "{}", "[]", #"{"format":"other/1","services":{}}"#])
    func foreign(text: String) {
        let failure = #expect(throws: CommandFailure.self) {
            try ContractSnapshot(file: Array(text.utf8), from: "old.json")
        }
        #expect(failure?.status == .invalidRequest)
        #expect(failure?.message.hasPrefix("old.json ") == true)
    }

    @Test(
        "A word of the command line is an address, a service or a file",
        arguments: [
            ("identity", ContractSource.service("identity")), ("old.json", .file("old.json")),
            ("./identity", .file("./identity")), ("-", .file("-")),
            ("unix:/run/a.sock", .address(.unix(path: "/run/a.sock"))),
            ("/tmp/old", .file("/tmp/old")),
        ])
    func sources(word: String, source: ContractSource) { #expect(ContractSource(word) == source) }
}
