public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Tells what a service has done since it started, and what it holds.
///
/// For operators only: it says which methods are used how much, and what the machine has.
public struct ReadStatistics: UnaryMethod {
    /// Makes the request.
    public init() {}

    /// What a service has done and holds.
    public struct Reply: Codable, Hashable, Sendable, DocumentedFields {
        /// The service's name.
        public var service: String
        /// The service's version.
        public var build: String
        /// New for each start of the process, as in the handshake.
        public var instance: UUID
        /// When the process began to serve.
        public var startedAt: Date
        /// Microseconds since then.
        public var uptimeMicroseconds: Int64
        /// What the process takes of the machine.
        public var process: ProcessStatistics
        /// Connections and what went over them.
        public var connections: ConnectionStatistics
        /// How often a limit was enforced, or a peer broke the protocol.
        public var refusals: [RefusalCount]
        /// Calls of methods that the service does not have.
        public var unknownMethodCalls: UInt64
        /// Every method of the service, by name.
        public var methods: [MethodStatistics]
        /// Its connections to the database; absent where it has none.
        public var database: DatabaseFigures?

        public static let fieldDocumentation = [
            "service": "The service's name.",
            "build": "The service's version.",
            "instance": "New for each start of the process, as in the handshake.",
            "startedAt": "When the process began to serve.",
            "uptimeMicroseconds": "Microseconds since then.",
            "process": "What the process takes of the machine.",
            "connections": "Connections and what went over them.",
            "refusals": "How often a limit was enforced, or a peer broke the protocol.",
            "unknownMethodCalls": "Calls of methods that the service does not have.",
            "methods": "Every method of the service, by name.",
            "database": "Its connections to the database; absent where it has none.",
        ]
    }

    public static let contract = MethodContract(
        "rpc.Statistics",
        documentation: "Tells what the service has done since it started, and what it holds.",
        access: .peers([AccessRule.operatorName]), repeatability: .readOnly)

    public static let fieldDocumentation: [String: String] = [:]
}

/// What a process takes of the machine, as `/proc/self` says; 0 where it does not say.
public struct ProcessStatistics: Codable, Hashable, Sendable, DocumentedFields {
    /// The process's number.
    public var processID: Int64
    /// Bytes of memory in use, all kinds together.
    public var residentBytes: UInt64
    /// Those of them that are the process's own data.
    public var anonymousBytes: UInt64
    /// Those of them that are parts of files, such as the program itself.
    public var fileBytes: UInt64
    /// The most bytes that were ever in use.
    public var peakResidentBytes: UInt64
    /// Threads.
    public var threads: UInt64
    /// Open files and sockets.
    public var openFiles: UInt64
    /// Processor time spent in the program, in microseconds.
    public var userMicroseconds: UInt64
    /// Processor time spent in the kernel on its behalf, in microseconds.
    public var systemMicroseconds: UInt64

    public static let fieldDocumentation = [
        "processID": "The process's number.",
        "residentBytes": "Bytes of memory in use, all kinds together.",
        "anonymousBytes": "Those of them that are the process's own data.",
        "fileBytes": "Those of them that are parts of files, such as the program itself.",
        "peakResidentBytes": "The most bytes that were ever in use.",
        "threads": "Threads.",
        "openFiles": "Open files and sockets.",
        "userMicroseconds": "Processor time spent in the program.",
        "systemMicroseconds": "Processor time spent in the kernel on its behalf.",
    ]
}

/// Connections of a service and what went over them.
public struct ConnectionStatistics: Codable, Hashable, Sendable, DocumentedFields {
    /// Connections that are open now.
    public var open: UInt64
    /// Connections that were let in since the start.
    public var total: UInt64
    /// Streams that are open now on all connections, this call's own included.
    public var streamsOpen: UInt64
    /// Bytes received.
    public var bytesIn: UInt64
    /// Bytes sent.
    public var bytesOut: UInt64
    /// Frames received.
    public var framesIn: UInt64
    /// Frames sent.
    public var framesOut: UInt64

    public static let fieldDocumentation = [
        "open": "Connections that are open now.",
        "total": "Connections that were let in since the start.",
        "streamsOpen": "Streams that are open now on all connections, this call's own included.",
        "bytesIn": "Bytes received.",
        "bytesOut": "Bytes sent.",
        "framesIn": "Frames received.",
        "framesOut": "Frames sent.",
    ]
}

/// How often one limit was enforced.
public struct RefusalCount: Codable, Hashable, Sendable, DocumentedFields {
    /// Which one: a reason of PROTOCOL.md.
    public var reason: String
    /// How often since the start.
    public var count: UInt64

    public static let fieldDocumentation = [
        "reason": "Which limit or rule, by the reason that the peer was told.",
        "count": "How often since the start.",
    ]
}

/// The calls of one method.
public struct MethodStatistics: Codable, Hashable, Sendable, DocumentedFields {
    /// `service.Method`.
    public var method: String
    /// Calls that have ended, well or not.
    public var calls: UInt64
    /// How many of them failed, by code.
    public var errors: [ErrorCount]
    /// From the arrival of a request to the end of its handler; absent if nobody called.
    public var latencyMicroseconds: LatencyFigures?

    public static let fieldDocumentation = [
        "method": "The method's name: service.Method.",
        "calls": "Calls that have ended, well or not.",
        "errors": "How many of them failed, by code.",
        "latencyMicroseconds":
            "From a request's arrival to the end of its handler; absent if nobody called.",
    ]
}

/// How many calls failed with one code.
public struct ErrorCount: Codable, Hashable, Sendable, DocumentedFields {
    /// The code's name, such as `not_found`.
    public var code: String
    /// How many.
    public var count: UInt64

    public static let fieldDocumentation = [
        "code": "The code's name, such as not_found.",
        "count": "How many.",
    ]
}

/// Percentiles of times in microseconds, each at most 1.6 % more than the true one.
public struct LatencyFigures: Codable, Hashable, Sendable, DocumentedFields {
    /// The median.
    public var p50: Double
    /// What 90 of 100 calls did not exceed.
    public var p90: Double
    /// What 99 of 100 calls did not exceed.
    public var p99: Double
    /// What 999 of 1,000 calls did not exceed.
    public var p999: Double
    /// The longest.
    public var max: Double

    public static let fieldDocumentation = [
        "p50": "The median.",
        "p90": "What 90 of 100 calls did not exceed.",
        "p99": "What 99 of 100 calls did not exceed.",
        "p999": "What 999 of 1,000 calls did not exceed.",
        "max": "The longest.",
    ]
}

/// What a service's connections to its database do.
public struct DatabaseFigures: Codable, Hashable, Sendable, DocumentedFields {
    /// Whether no connection is up and the last attempt to make one failed.
    public var isDown: Bool
    /// Connections that many calls share.
    public var pipelinedConnections: UInt64
    /// Connections that one call has for itself at a time.
    public var exclusiveConnections: UInt64
    /// Exclusive connections that nobody uses.
    public var idleConnections: UInt64
    /// Reads on their way on pipelined connections.
    public var readsInFlight: UInt64
    /// Calls that wait for a connection.
    public var waitingCalls: UInt64
    /// Calls refused because too many waited.
    public var refusedCalls: UInt64
    /// Calls that waited until their time was up.
    public var expiredCalls: UInt64
    /// Connections made since the start.
    public var connectionsOpened: UInt64
    /// Attempts to connect that failed.
    public var connectionsFailed: UInt64
    /// Connections that broke.
    public var connectionsLost: UInt64
    /// Statements that the database was asked to give up.
    public var cancelRequests: UInt64
    /// Why the last attempt to connect failed.
    public var lastConnectionError: String?

    /// States what a pool does; see the properties.
    package init(
        isDown: Bool, pipelinedConnections: UInt64, exclusiveConnections: UInt64,
        idleConnections: UInt64, readsInFlight: UInt64, waitingCalls: UInt64,
        refusedCalls: UInt64, expiredCalls: UInt64, connectionsOpened: UInt64,
        connectionsFailed: UInt64, connectionsLost: UInt64, cancelRequests: UInt64,
        lastConnectionError: String?
    ) {
        self.isDown = isDown
        self.pipelinedConnections = pipelinedConnections
        self.exclusiveConnections = exclusiveConnections
        self.idleConnections = idleConnections
        self.readsInFlight = readsInFlight
        self.waitingCalls = waitingCalls
        self.refusedCalls = refusedCalls
        self.expiredCalls = expiredCalls
        self.connectionsOpened = connectionsOpened
        self.connectionsFailed = connectionsFailed
        self.connectionsLost = connectionsLost
        self.cancelRequests = cancelRequests
        self.lastConnectionError = lastConnectionError
    }

    public static let fieldDocumentation = [
        "isDown": "Whether no connection is up and the last attempt to make one failed.",
        "pipelinedConnections": "Connections that many calls share.",
        "exclusiveConnections": "Connections that one call has for itself at a time.",
        "idleConnections": "Exclusive connections that nobody uses.",
        "readsInFlight": "Reads on their way on pipelined connections.",
        "waitingCalls": "Calls that wait for a connection.",
        "refusedCalls": "Calls refused because too many waited.",
        "expiredCalls": "Calls that waited until their time was up.",
        "connectionsOpened": "Connections made since the start.",
        "connectionsFailed": "Attempts to connect that failed.",
        "connectionsLost": "Connections that broke.",
        "cancelRequests": "Statements that the database was asked to give up.",
        "lastConnectionError": "Why the last attempt to connect failed.",
    ]
}
