import Foundation
import RPC

/// Archives a folder: a method with every kind of rule, for pages and calls.
struct Archive: UnaryMethod {
    var folderID: UUID
    var mode: Mode
    var depth: Int?
    var tags: [String]
    var owner: Owner?

    enum Mode: String, Codable, CaseIterable, Sendable { case copy, move }

    struct Owner: Codable, Sendable, DocumentedFields {
        var name: String
        var since: Date?

        static let fieldDocumentation = ["name": "The owner's name.", "since": "Since when."]
    }

    struct Reply: Codable, Sendable, DocumentedFields {
        var archivedAt: Date

        static let fieldDocumentation = ["archivedAt": "When it was done."]
    }

    static let contract = MethodContract(
        "lab.Archive", documentation: "Archives a folder.", access: .signedIn,
        repeatability: .withKey, auditAction: "archived", unknownFields: .reject,
        defaultTimeout: .seconds(5))

    static let fieldDocumentation = [
        "folderID": "Which folder.", "mode": "How.", "depth": "How deep.",
        "tags": "Labels to add.", "owner": "Whose it becomes.",
    ]
}

/// Repeats a text.
struct Repeat: UnaryMethod {
    var text: String
    var count: Int?

    struct Reply: Codable, Sendable {
        var text: String
        var metadata: [String: String]
        var idempotencyKey: String?
    }

    static let contract = MethodContract(
        "lab.Repeat", documentation: "Repeats a text.", access: .anyone, repeatability: .readOnly)
    static let fieldDocumentation = ["text": "What to repeat.", "count": "How often."]
}

/// Streams numbers, then waits if asked to.
struct Count: ServerStreamMethod {
    var upTo: Int
    var waits: Bool?

    struct Element: Codable, Sendable { var number: Int }

    static let contract = MethodContract(
        "lab.Count", documentation: "Counts.", access: .anyone, repeatability: .readOnly)
    static let fieldDocumentation = ["upTo": "The last number.", "waits": "Stay open after it."]
}

/// Adds numbers.
struct Sum: ClientStreamMethod {
    struct Input: Codable, Sendable { var number: Int }
    struct Reply: Codable, Sendable {
        var sum: Int
        var count: Int
    }

    static let contract = MethodContract(
        "lab.Sum", documentation: "Adds numbers.", access: .anyone, repeatability: .readOnly)
    static let fieldDocumentation: [String: String] = [:]
}

/// Counts the bytes of an upload.
struct Receive: ClientStreamMethod {
    struct Input: Codable, Sendable { var chunk: Data }
    struct Reply: Codable, Sendable {
        var byteCount: Int
        var chunkCount: Int
        var lastByte: UInt8?
    }

    static let contract = MethodContract(
        "lab.Receive", documentation: "Takes a file.", access: .anyone, repeatability: .never)
    static let fieldDocumentation: [String: String] = [:]
}

/// Answers each number with its double.
struct Twice: BidirectionalStreamMethod {
    struct Input: Codable, Sendable { var number: Int }
    struct Element: Codable, Sendable { var number: Int }

    static let contract = MethodContract(
        "lab.Twice", documentation: "Doubles numbers.", access: .anyone, repeatability: .readOnly)
    static let fieldDocumentation: [String: String] = [:]
}

/// Fails as asked.
struct Fail: UnaryMethod {
    var code: UInt8

    static let contract = MethodContract(
        "lab.Fail", documentation: "Fails.", access: .anyone, repeatability: .never)
    static let fieldDocumentation = ["code": "With which code."]
    typealias Reply = Empty
}

/// Waits until it is cancelled.
struct Hang: UnaryMethod {
    static let contract = MethodContract(
        "lab.Hang", documentation: "Waits until it is cancelled.", access: .anyone,
        repeatability: .never)
    static let fieldDocumentation: [String: String] = [:]
    typealias Reply = Empty
}
