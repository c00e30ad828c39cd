package import RPC

/// What the server counted, for tests that watch it from outside.
package struct ReadCounts: UnaryMethod {
    package init() {}

    package struct Reply: Codable, Sendable {
        package var refusals: [String: UInt64]
        package var connections: Int
        package var heldByteCount: Int
    }

    package static let contract = MethodContract(
        "test.ReadCounts", documentation: "What was refused.", access: .anyone,
        repeatability: .readOnly)
    package static let fieldDocumentation: [String: String] = [:]
}

/// Waits a while; a call that was in flight when its server was told to stop.
package struct Linger: UnaryMethod {
    package var milliseconds: Int
    package init(milliseconds: Int) { self.milliseconds = milliseconds }

    package struct Reply: Codable, Sendable {
        package var process: Int32
    }

    package static let contract = MethodContract(
        "test.Linger", documentation: "Waits.", access: .anyone, repeatability: .readOnly)
    package static let fieldDocumentation = ["milliseconds": "How long."]
}

/// Waits until it is cancelled.
struct Hang: UnaryMethod {
    var name: String
    typealias Reply = Empty

    static let contract = MethodContract(
        "test.Hang", documentation: "Waits until it is cancelled.", access: .anyone,
        repeatability: .never)
    static let fieldDocumentation = ["name": "Anything."]
}

/// Streams elements as fast as they are taken.
package struct Pour: ServerStreamMethod {
    package var byteCount: Int
    package init(byteCount: Int) { self.byteCount = byteCount }

    package struct Element: Codable, Sendable {
        package var bytes: [UInt8]
    }

    package static let contract = MethodContract(
        "test.Pour", documentation: "Streams without end.", access: .anyone,
        repeatability: .readOnly, isEndless: true)
    package static let fieldDocumentation = ["byteCount": "Bytes in each element."]
}
