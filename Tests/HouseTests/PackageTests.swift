import Foundation
import ProcessTestSupport
import Testing

@Suite("Package settings")
struct PackageTests {
    @Test("Every feature that Package.swift switches on is one that the compiler knows")
    func featuresExist() async throws {
        let manifest = try #require(Repository.file("Package.swift"))
        let used = Self.features(in: manifest.text)
        #expect(used.count >= 6)
        #expect(try await Self.unknown(used) == [])
    }

    @Test("A misspelt feature is found")
    func misspeltFeatureIsFound() async throws {
        let used = Self.features(in: #".enableUpcomingFeature("ExistentialAnny")"#)
        #expect(try await Self.unknown(used) == ["ExistentialAnny"])
    }

    private static func features(in text: String) -> [String] {
        text.matches(of: /\.enable(?:Upcoming|Experimental)Feature\("(\w+)"\)/)
            .map { String($0.output.1) }
    }

    private static func unknown(_ features: [String]) async throws -> [String] {
        struct Supported: Decodable {
            struct Feature: Decodable { var name: String }
            struct Features: Decodable { var upcoming: [Feature] }
            var features: Features
        }
        let printed = try await Repository.run("swiftc", "-print-supported-features").output
        let supported = try JSONDecoder().decode(Supported.self, from: Data(printed.utf8))
        let names = Set(supported.features.upcoming.map(\.name))
        return features.filter { !names.contains($0) }
    }
}
