import Testing

@Suite("Floors of the house")
struct FloorsTests {
    private let manifest: Manifest
    private let floors: Floors

    init() throws {
        self.manifest = Manifest(try #require(Repository.file("Package.swift")).text)
        self.floors = Floors(self.manifest)
    }

    @Test("Package.swift is read whole: every product module is known, with its dependencies")
    func manifestIsRead() throws {
        let targets = self.manifest.targets
        #expect(
            Set(targets.filter { !$0.isTest }.map(\.name)).isSuperset(of: [
                "Wire", "CPostgres", "Postgres", "CSodium", "Sodium", "TransparencyLog", "RPC",
                "IdentityAPI", "ConversationsAPI", "AuditAPI", "AuditFormat", "ServiceKit",
                "IdentityService", "ConversationsService", "rpcctl",
            ])
        )
        let rpc = try #require(targets.first { $0.name == "RPC" })
        #expect(rpc.path == "Shared/RPC")
        #expect(rpc.dependencies.contains("Wire") && rpc.dependencies.contains("NIOCore"))
    }

    @Test("No target depends on a floor above it, on its own floor, or on another service's code")
    func dependenciesGoDown() {
        #expect(self.floors.violations(in: self.manifest) == [])
    }

    @Test("No file imports a floor above it, its own floor, or another service's code")
    func importsGoDown() {
        let files = Repository.files
        #expect(files.filter(\.isProductSwift).count > 50)
        #expect(self.floors.violations(in: files, of: self.manifest) == [])
    }

    @Test(
        "An import that the floors forbid is found, wherever it stands",
        arguments: [
            ("Shared/Wire/A.swift", "import RPC"),
            ("Shared/Wire/A.swift", "import NIOPosix"),
            ("Shared/Postgres/A.swift", "import Wire"),
            ("Shared/Postgres/A.swift", "internal import NIOCore"),
            ("Shared/Sodium/A.swift", "import CPostgres"),
            ("Shared/TransparencyLog/A.swift", "import Sodium"),
            ("Shared/TransparencyLog/A.swift", "internal import NIOCore"),
            ("Shared/TransparencyLog/A.swift", "import Glibc"),
            ("Shared/RPC/A.swift", "import Postgres"),
            ("Shared/RPC/A.swift", "public import IdentityAPI"),
            ("Shared/RPC/A.swift", "package import ServiceKit"),
            ("Shared/Contracts/Identity/A.swift", "import Postgres"),
            ("Shared/Contracts/Identity/A.swift", "public import struct NIOCore.ByteBuffer"),
            ("Shared/Contracts/Identity/A.swift", "import ConversationsAPI"),
            ("Shared/ServiceKit/A.swift", "@testable import IdentityService"),
            ("Services/Conversations/A.swift", "import IdentityService"),
            ("Services/Conversations/A.swift", "import rpcctl"),
            ("Services/Identity/A.swift", "import StewardTestSupport"),
            ("Services/rpcctl/A.swift", "    private import ConversationsService"),
        ]
    )
    func forbiddenImportIsFound(path: String, line: String) {
        let file = SourceFile(path: path, text: "// A sample.\n\(line)\n\nstruct A {}\n")
        let found = self.floors.violations(in: [file], of: self.manifest)
        #expect(found.map(\.line) == [2])
    }

    @Test(
        "An import that goes down is allowed, and one in a comment or a string is none",
        arguments: [
            ("Shared/Wire/A.swift", "import NIOCore"),
            ("Shared/RPC/A.swift", "import Wire"),
            ("Shared/Postgres/A.swift", "import CPostgres"),
            ("Shared/TransparencyLog/A.swift", "internal import Crypto"),
            ("Shared/Contracts/Identity/A.swift", "public import RPC"),
            ("Services/Conversations/A.swift", "import IdentityAPI"),
            ("Services/rpcctl/A.swift", "import IdentityAPI"),
            ("Shared/Wire/A.swift", "// import RPC"),
            ("Shared/Wire/A.swift", "let text = \"\"\"\n    import RPC\n    \"\"\""),
        ]
    )
    func allowedImportIsLeftAlone(path: String, line: String) {
        let file = SourceFile(path: path, text: line)
        #expect(self.floors.violations(in: [file], of: self.manifest) == [])
    }

    @Test("A dependency that the floors forbid is found in Package.swift")
    func forbiddenDependencyIsFound() {
        let manifest = Manifest(
            """
            let package = Package(targets: [
                .target(name: "Wire", dependencies: [], path: "Shared/Wire"),
                .target(name: "RPC", dependencies: ["Wire"], path: "Shared/RPC"),
                .target(
                    name: "IdentityAPI",
                    dependencies: [
                        "RPC",  // "Wire" in a comment
                        .product(name: "NIOCore", package: "swift-nio"),
                    ],
                    path: "Shared/Contracts/Identity"),
                .executableTarget(name: "AService", dependencies: ["BService"], path: "Services/A"),
                .executableTarget(name: "BService", dependencies: ["RPC"], path: "Services/B"),
            ])
            """
        )
        let found = Floors(manifest).violations(in: manifest)
        #expect(
            found.map(\.message) == [
                "contracts know no NIOCore",
                "nobody imports the code of BService: use its contracts",
            ]
        )
    }

    @Test("A file that belongs to no target is found")
    func strayFileIsFound() {
        let file = SourceFile(path: "Shared/Stray/A.swift", text: "struct A {}")
        #expect(
            self.floors.violations(in: [file], of: self.manifest).map(\.message)
                == ["belongs to no target"]
        )
    }
}
