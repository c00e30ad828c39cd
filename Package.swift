// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "steward",
    products: [
        .library(name: "StewardClient", targets: ["RPC"]),
        .library(
            name: "StewardContracts",
            targets: ["IdentityAPI", "ConversationsAPI", "AuditAPI", "VaultAPI"]),
        .library(name: "StewardWire", targets: ["Wire", "AuditFormat"]),  // for Tests/Benchmarks
        .library(name: "StewardSecrets", targets: ["SecretFormat", "Sodium"]),  // as above
        .executable(name: "steward-identity", targets: ["IdentityService"]),
        .executable(name: "steward-conversations", targets: ["ConversationsService"]),
        .executable(name: "steward-audit", targets: ["AuditService"]),
        .executable(name: "steward-vault", targets: ["VaultService"]),
        .executable(name: "rpcctl", targets: ["rpcctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: []),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    ],
    targets: [
        // Below everything: locks that ThreadSanitizer understands where it is asked.
        .target(name: "Locks", path: "Shared/Locks"),

        // Ground floor: these know nothing of each other.
        .target(
            name: "Wire",
            dependencies: ["Locks", .product(name: "NIOCore", package: "swift-nio")],
            path: "Shared/Wire"
        ),
        .systemLibrary(
            name: "CPostgres",
            path: "Shared/CPostgres",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        .target(
            name: "Postgres",
            dependencies: [
                "Locks", "CPostgres",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Shared/Postgres",
            swiftSettings: [.strictMemorySafety()]
        ),
        .systemLibrary(
            name: "CSodium",
            path: "Shared/CSodium",
            pkgConfig: "libsodium",
            providers: [.apt(["libsodium-dev"])]
        ),
        .target(
            name: "Sodium",
            dependencies: ["Locks", "CSodium"],
            path: "Shared/Sodium",
            swiftSettings: [.strictMemorySafety()]
        ),
        .target(
            name: "TransparencyLog",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            path: "Shared/TransparencyLog",
            swiftSettings: [.strictMemorySafety()]
        ),

        // The protocol, and what each service says over it.
        .target(
            name: "RPC",
            dependencies: [
                "Locks", "Wire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Shared/RPC",
            exclude: ["PROTOCOL.md"]
        ),
        .target(name: "IdentityAPI", dependencies: ["RPC"], path: "Shared/Contracts/Identity"),
        .target(
            name: "ConversationsAPI",
            dependencies: ["RPC"],
            path: "Shared/Contracts/Conversations"
        ),
        .target(name: "AuditAPI", dependencies: ["RPC"], path: "Shared/Contracts/Audit"),
        .target(name: "VaultAPI", dependencies: ["RPC"], path: "Shared/Contracts/Vault"),

        // What the log's bytes are: for who writes, keeps and verifies them.
        .target(
            name: "AuditFormat",
            dependencies: [
                "AuditAPI", "Wire", "TransparencyLog",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Shared/AuditFormat"
        ),

        // What a secret's bytes are: for who writes, keeps and reads them.
        .target(
            name: "SecretFormat",
            dependencies: [
                "RPC", "VaultAPI", "Wire", "Sodium",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Shared/SecretFormat"
        ),

        // What every service's main needs.
        .target(
            name: "ServiceKit",
            dependencies: [
                "Locks", "RPC", "Wire", "Postgres", "Sodium", "IdentityAPI", "AuditAPI",
                "AuditFormat",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            path: "Shared/ServiceKit"
        ),

        // Services.
        .executableTarget(
            name: "IdentityService",
            dependencies: [
                "Locks", "RPC", "Postgres", "Sodium", "AuditAPI", "IdentityAPI", "ServiceKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            path: "Services/Identity",
            exclude: ["README.md", "SCHEMA.md"],
            resources: [.embedInCode("Migrations")]
        ),
        .executableTarget(
            name: "ConversationsService",
            dependencies: [
                "Locks", "RPC", "Wire", "Postgres", "Sodium", "ConversationsAPI", "AuditAPI",
                "ServiceKit",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Services/Conversations",
            exclude: ["README.md", "EXPORT-FORMAT.md"],
            resources: [.embedInCode("Migrations")]
        ),
        .executableTarget(
            name: "AuditService",
            dependencies: [
                "Locks", "RPC", "Wire", "Postgres", "Sodium", "TransparencyLog", "AuditAPI",
                "AuditFormat", "IdentityAPI", "ServiceKit",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Services/Audit",
            exclude: ["README.md"],
            resources: [.embedInCode("Migrations")]
        ),
        .executableTarget(
            name: "VaultService",
            dependencies: [
                "Locks", "RPC", "Wire", "Postgres", "Sodium", "AuditAPI", "VaultAPI",
                "SecretFormat", "ServiceKit",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Services/Vault",
            exclude: ["README.md"],
            resources: [.embedInCode("Migrations")]
        ),
        .executableTarget(
            name: "rpcctl",
            dependencies: [
                "Locks", "RPC", "Wire", "Sodium", "IdentityAPI", "AuditAPI", "VaultAPI",
                "AuditFormat", "SecretFormat", "TransparencyLog",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Services/rpcctl",
            exclude: ["README.md"]
        ),

        // Tests.
        .testTarget(
            name: "RPCTests",
            dependencies: [
                "Locks", "RPC", "Wire", "RPCTestServer", "ProcessTestSupport",
                "MeasurementTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/RPCTests"
        ),
        .executableTarget(
            name: "RPCTestServer",
            dependencies: [
                "RPC",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Support/RPCTestServer"
        ),
        .testTarget(
            name: "WireTests",
            dependencies: [
                "Wire", "Locks",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOTestUtils", package: "swift-nio"),
            ],
            path: "Tests/WireTests"
        ),
        .target(
            name: "ProcessTestSupport",
            dependencies: ["Locks"],
            path: "Tests/Support/ProcessTestSupport"
        ),
        .target(name: "MeasurementTestSupport", path: "Tests/Support/MeasurementTestSupport"),
        .target(
            name: "RPCTestSupport",
            dependencies: ["RPC"],
            path: "Tests/Support/RPCTestSupport"
        ),
        .target(
            name: "AuditTestSupport",
            dependencies: ["AuditAPI", "AuditFormat", "TransparencyLog"],
            path: "Tests/Support/AuditTestSupport"
        ),
        .target(
            name: "PostgresTestSupport",
            dependencies: [
                "Locks", "Postgres", "ProcessTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Support/PostgresTestSupport"
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "Postgres", "PostgresTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/PostgresTests"
        ),
        .testTarget(
            name: "IdentityServiceTests",
            dependencies: [
                "Locks", "IdentityService", "IdentityAPI", "AuditAPI", "AuditFormat", "ServiceKit",
                "RPC", "Postgres", "Sodium", "PostgresTestSupport", "RPCTestSupport",
                "MeasurementTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/IdentityServiceTests"
        ),
        .testTarget(
            name: "ConversationsServiceTests",
            dependencies: [
                "Locks", "ConversationsService", "ConversationsAPI", "AuditAPI", "AuditFormat",
                "ServiceKit", "RPC", "Postgres", "PostgresTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/ConversationsServiceTests",
            resources: [.copy("Samples")]
        ),
        .testTarget(
            name: "AuditServiceTests",
            dependencies: [
                "Locks", "AuditService", "AuditAPI", "IdentityAPI", "AuditFormat",
                "TransparencyLog", "ServiceKit", "RPC", "Postgres", "Sodium",
                "PostgresTestSupport", "ProcessTestSupport", "RPCTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/AuditServiceTests"
        ),
        .testTarget(
            name: "VaultServiceTests",
            dependencies: [
                "Locks", "VaultService", "VaultAPI", "AuditAPI", "AuditFormat", "SecretFormat",
                "Sodium", "ServiceKit", "RPC", "Postgres", "PostgresTestSupport",
                "ProcessTestSupport", "RPCTestSupport", "MeasurementTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/VaultServiceTests"
        ),
        .target(
            name: "StewardTestSupport",
            dependencies: ["RPC", "IdentityAPI", "ProcessTestSupport"],
            path: "Tests/Support/StewardTestSupport"
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Locks", "StewardTestSupport", "ProcessTestSupport", "MeasurementTestSupport",
                "RPC", "Wire", "IdentityAPI", "ConversationsAPI", "AuditAPI", "VaultAPI",
                "SecretFormat", "Sodium",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/IntegrationTests"
        ),
        .testTarget(
            name: "rpcctlTests",
            dependencies: [
                "Locks", "rpcctl", "RPC", "Wire", "IdentityAPI", "AuditAPI", "VaultAPI",
                "AuditFormat", "SecretFormat", "Sodium", "TransparencyLog", "AuditTestSupport",
                "ProcessTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/rpcctlTests"
        ),
        .testTarget(
            name: "ContractTests",
            dependencies: [
                "rpcctl", "RPC", "ServiceKit", "Postgres", "Sodium", "IdentityService",
                "ConversationsService", "AuditService", "VaultService", "VaultAPI",
                "TransparencyLog",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Contracts",
            exclude: [
                "identity.json", "conversations.json", "audit.json", "vault.json",
                "rotation.json", "rpc.json",
            ]
        ),
        .testTarget(
            name: "SodiumTests",
            dependencies: ["Locks", "Sodium"],
            path: "Tests/SodiumTests"
        ),
        .testTarget(
            name: "TransparencyLogTests",
            dependencies: [
                "Locks", "TransparencyLog",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tests/TransparencyLogTests"
        ),
        .testTarget(
            name: "AuditFormatTests",
            dependencies: ["AuditAPI", "AuditFormat", "TransparencyLog", "AuditTestSupport"],
            path: "Tests/AuditFormatTests"
        ),
        .testTarget(
            name: "SecretFormatTests",
            dependencies: ["SecretFormat", "Sodium"],
            path: "Tests/SecretFormatTests"
        ),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: [
                "Locks", "ServiceKit", "RPC", "IdentityAPI", "AuditAPI", "AuditFormat", "Sodium",
                "Postgres", "PostgresTestSupport", "RPCTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            path: "Tests/ServiceKitTests"
        ),
        .testTarget(
            name: "HouseTests",
            dependencies: ["ProcessTestSupport"],
            path: "Tests/HouseTests"
        ),
    ]
)

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    .enableUpcomingFeature("ImmutableWeakCaptures"),  // SE-0481
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

for target in package.targets where target.type != .system {
    target.swiftSettings = settings + (target.swiftSettings ?? [])
}

// Development aid: builds only some leaves of the house, as in
// STEWARD_ONLY=IdentityService,RPCTests.
if let only = Context.environment["STEWARD_ONLY"]?.split(separator: ",").map(String.init) {
    var kept = Set<String>()
    var open = only
    while let name = open.popLast() {
        guard kept.insert(name).inserted,
            let target = package.targets.first(where: { $0.name == name })
        else { continue }
        for case .byNameItem(let dependency, _) in target.dependencies { open.append(dependency) }
    }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { product in
        switch product {
        case let product as Product.Executable: !kept.isSuperset(of: product.targets)
        case let product as Product.Library: !kept.isSuperset(of: product.targets)
        default: false
        }
    }
}
