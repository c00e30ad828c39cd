// swift-tools-version: 6.3
import PackageDescription

/// The name under which the compiler knows the root package; see `Tests/Benchmarks/Package.swift`.
let rootName: String = {
    let directory = Context.packageDirectory.split(separator: "/").dropLast(2).last ?? "steward"
    var name = directory.lowercased()
    if name.hasSuffix(".git") { name.removeLast(4) }
    let mangled = String(name.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
    return mangled.first?.isNumber == true ? "_" + mangled.dropFirst() : mangled
}()

let package = Package(
    name: "steward-fuzzing",
    dependencies: [
        .package(name: "steward", path: "../.."),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    ],
    targets: [
        .target(name: "CLibFuzzer", path: "CLibFuzzer"),
        .executableTarget(
            name: "steward-fuzzer",
            dependencies: [
                "CLibFuzzer",
                .product(name: "StewardClient", package: "steward"),
                .product(name: "StewardWire", package: "steward"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Fuzzer",
            // SwiftPM would name this package after our own flag, and the last name counts.
            packageAccess: false,
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),  // SE-0335
                .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
                .unsafeFlags(["-package-name", rootName]),
            ]
        ),
    ]
)
