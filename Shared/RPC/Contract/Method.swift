/// One method of a service: a type that is at once its name, its contract and its request.
///
/// The stored properties are the request's fields.  A server registers a handler for the type, a
/// client sends a value of it, and reflection derives the schema from it, so there is one place
/// where a method is said.  Conform to one of ``UnaryMethod``, ``ServerStreamMethod``,
/// ``ClientStreamMethod`` and ``BidirectionalStreamMethod``, never to this protocol alone.
public protocol Method: Codable, Sendable, DocumentedFields {
    /// What a caller may rely on: name, access, repeatability, documentation.
    static var contract: MethodContract { get }
}

/// A method with one request and one reply.
public protocol UnaryMethod: Method {
    /// What the server answers.
    associatedtype Reply: Codable & Sendable
}

/// A method with one request and a stream of elements as its answer.
public protocol ServerStreamMethod: Method {
    /// What the server sends, any number of times.
    associatedtype Element: Codable & Sendable
}

/// A method whose caller opens with the request, sends a stream of inputs, and gets one reply.
public protocol ClientStreamMethod: Method {
    /// What the caller sends after the request, any number of times.
    associatedtype Input: Codable & Sendable
    /// What the server answers once, at the latest after the last input.
    associatedtype Reply: Codable & Sendable
}

/// A method in which both sides send streams at their own pace after the opening request.
public protocol BidirectionalStreamMethod: Method {
    /// What the caller sends after the request, any number of times.
    associatedtype Input: Codable & Sendable
    /// What the server sends, any number of times.
    associatedtype Element: Codable & Sendable
}

/// A reply that says nothing beyond success.
public struct Empty: Codable, Hashable, Sendable {
    /// Makes the only value there is.
    public init() {}
}

/// A message whose fields are explained for people, in a table beside the type.
///
/// A test compares the table with the fields that reflection finds, so neither can drift.
public protocol DocumentedFields {
    /// One sentence per field, by the field's name on the wire.
    static var fieldDocumentation: [String: String] { get }
}

/// What one call of a method carries in each direction.
public enum CallShape: String, Codable, CaseIterable, Sendable {
    case unary
    case serverStream = "server_stream"
    case clientStream = "client_stream"
    case bidirectional
}
