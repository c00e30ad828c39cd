public import struct FoundationEssentials.Data

/// Lists the methods that a service answers.
public struct ListMethods: UnaryMethod {
    /// Makes the request.
    public init() {}

    /// The service and its methods.
    public struct Reply: Codable, Hashable, Sendable, DocumentedFields {
        /// The service's name.
        public var service: String
        /// The service's version.
        public var build: String
        /// All methods, by name.
        public var methods: [MethodSummary]

        public static let fieldDocumentation = [
            "service": "The service's name.",
            "build": "The service's version.",
            "methods": "All methods, by name.",
        ]
    }

    public static let contract = MethodContract(
        "rpc.List", documentation: "Lists the methods of this service.", access: .anyone,
        repeatability: .readOnly)

    public static let fieldDocumentation: [String: String] = [:]
}

/// Describes one method with all fields.
public struct DescribeMethod: UnaryMethod {
    /// The method's name.
    public var method: String

    /// Asks for a method.
    public init(method: String) { self.method = method }

    public typealias Reply = MethodDescription

    public static let contract = MethodContract(
        "rpc.Describe", documentation: "Describes one method with its fields, types and rules.",
        access: .anyone, repeatability: .readOnly)

    public static let fieldDocumentation = ["method": "The method's name: service.Method."]
}

/// Tells whether a service and what it depends on are well.
public struct CheckHealth: UnaryMethod {
    /// Makes the request.
    public init() {}

    /// How the service is.
    public struct Reply: Codable, Hashable, Sendable, DocumentedFields {
        /// Whether the process serves at all.
        public var isLive: Bool
        /// Whether everything it needs is there.
        public var isReady: Bool
        /// The service's name.
        public var service: String
        /// The service's version.
        public var build: String
        /// Seconds since the process began to serve.
        public var uptimeSeconds: Int64
        /// What it needs, one by one.
        public var dependencies: [DependencyHealth]

        public static let fieldDocumentation = [
            "isLive": "Whether the process serves at all.",
            "isReady": "Whether everything it needs is there.",
            "service": "The service's name.",
            "build": "The service's version.",
            "uptimeSeconds": "Seconds since the process began to serve.",
            "dependencies": "What it needs, one by one.",
        ]
    }

    public static let contract = MethodContract(
        "rpc.Health", documentation: "Tells whether the service and what it needs are well.",
        access: .anyone, repeatability: .readOnly)

    public static let fieldDocumentation: [String: String] = [:]
}

/// One thing that a service needs.
public struct DependencyHealth: Codable, Hashable, Sendable, DocumentedFields {
    /// What it is, such as `database`.
    public var name: String
    /// Whether it can be used.
    public var isReady: Bool
    /// What is wrong, for people.
    public var message: String?

    /// Reports on a dependency.
    public init(name: String, isReady: Bool, message: String? = nil) {
        self.name = name
        self.isReady = isReady
        self.message = message
    }

    public static let fieldDocumentation = [
        "name": "What it is, such as database.",
        "isReady": "Whether it can be used.",
        "message": "What is wrong, for people.",
    ]
}

/// Sends bytes back as they came: what one measures the transport with.
public struct Echo: UnaryMethod {
    /// The bytes.
    public var body: Data

    /// Sends bytes.
    public init(body: Data) { self.body = body }

    /// The same bytes.
    public struct Reply: Codable, Hashable, Sendable, DocumentedFields {
        /// The bytes of the request.
        public var body: Data

        public static let fieldDocumentation = ["body": "The bytes of the request."]
    }

    public static let contract = MethodContract(
        "rpc.Echo", documentation: "Sends the bytes of its request back.", access: .anyone,
        repeatability: .readOnly)

    public static let fieldDocumentation = ["body": "Bytes to send back."]
}
