// swift-tools-version: 6.3
import PackageDescription

/// The name under which the compiler knows the root package: SwiftPM makes it of the name of the
/// directory, whatever a clone is called.  With it, benchmarks see the API that the package's
/// modules keep among themselves.
let rootName: String = {
    let directory = Context.packageDirectory.split(separator: "/").dropLast(2).last ?? "steward"
    var name = directory.lowercased()
    if name.hasSuffix(".git") { name.removeLast(4) }
    let mangled = String(name.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
    return mangled.first?.isNumber == true ? "_" + mangled.dropFirst() : mangled
}()

/// A benchmark: an executable of its own in the folder named.
func benchmark(_ name: String, path: String, uses: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: [
            "BenchmarkSupport",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ] + uses,
        path: path,
        // SwiftPM would name this package after our own flag, and the last name counts.
        packageAccess: false,
        swiftSettings: [.unsafeFlags(["-package-name", rootName])]
    )
}

let package = Package(
    name: "steward-benchmarks",
    dependencies: [
        .package(name: "steward", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf.git", exact: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.2"),
    ],
    targets: [
        .target(
            name: "BenchmarkSupport",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Support"
        ),
        benchmark(
            "codec-benchmark",
            path: "Codec",
            uses: [
                .product(name: "StewardWire", package: "steward"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]
        ),
        benchmark(
            "transport-benchmark",
            path: "Transport",
            uses: [
                .product(name: "StewardClient", package: "steward"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            ]
        ),
        benchmark(
            "database-benchmark",
            path: "Database",
            uses: [
                .product(name: "StewardClient", package: "steward"),
                .product(name: "StewardContracts", package: "steward"),
            ]
        ),
        benchmark(
            "audit-benchmark",
            path: "Audit",
            uses: [
                .product(name: "StewardClient", package: "steward"),
                .product(name: "StewardContracts", package: "steward"),
                .product(name: "StewardWire", package: "steward"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        benchmark(
            "vault-benchmark",
            path: "Vault",
            uses: [
                .product(name: "StewardClient", package: "steward"),
                .product(name: "StewardContracts", package: "steward"),
                .product(name: "StewardSecrets", package: "steward"),
            ]
        ),
    ]
)

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
]

for target in package.targets {
    target.swiftSettings = settings + (target.swiftSettings ?? [])
    if target.name == "codec-benchmark" { target.exclude = ["chat_message.proto"] }
}
