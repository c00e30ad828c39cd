/// Everything reflection tells of one method.
public struct MethodDescription: Codable, Hashable, Sendable, DocumentedFields {
    /// `service.Method`.
    public var name: String
    /// One sentence.
    public var documentation: String
    /// What a call carries in each direction.
    public var shape: CallShape
    /// Who may call it, in words.
    public var access: String
    /// Whether a call may be repeated.
    public var repeatability: Repeatability
    /// What is remembered of a call with an idempotency key; absent where that is nothing.
    public var keyedAnswer: KeyedAnswer?
    /// The audit action that a successful call records.
    public var auditAction: String?
    /// What happens to request fields the server does not know.
    public var unknownFields: UnknownFieldPolicy
    /// Milliseconds that a call gets when its caller names no timeout.
    public var defaultTimeoutMilliseconds: Int64?
    /// The request.
    public var request: TypeDescription
    /// For client and bidirectional streams: what the caller sends after the request.
    public var input: TypeDescription?
    /// For unary calls and client streams: the answer.
    public var reply: TypeDescription?
    /// For server and bidirectional streams: what the server sends.
    public var element: TypeDescription?

    public static let fieldDocumentation = [
        "name": "The method's name: service.Method.",
        "documentation": "One sentence about the method.",
        "shape": "What a call carries in each direction.",
        "access": "Who may call it, in words.",
        "repeatability": "Whether a call may be sent again without knowing how the first ended.",
        "keyedAnswer":
            "What is remembered of a call with an idempotency key: its answer (kept), or nothing "
            + "because the answer carries a credential; absent where a key changes nothing.",
        "auditAction": "The audit action that a successful call records.",
        "unknownFields": "What happens to request fields the server does not know.",
        "defaultTimeoutMilliseconds": "Milliseconds a call gets when its caller names no timeout.",
        "request": "The request's type.",
        "input": "For client and bidirectional streams: the type of what the caller sends.",
        "reply": "For unary calls and client streams: the type of the answer.",
        "element": "For server and bidirectional streams: the type of what the server sends.",
    ]

    private init<M: Method>(_ method: M.Type, _ shape: CallShape) throws {
        let contract = method.contract
        self.name = contract.name
        self.documentation = contract.documentation
        self.shape = shape
        self.access = contract.access.description
        self.repeatability = contract.repeatability
        self.keyedAnswer = contract.keyedAnswer == .notKept ? nil : contract.keyedAnswer
        self.auditAction = contract.auditAction
        self.unknownFields = contract.unknownFields
        self.defaultTimeoutMilliseconds = contract.defaultTimeout?.milliseconds
        self.request = try TypeDescription(recording: method)
    }

    /// Describes a unary method.
    ///
    /// - Throws: ``ReflectionError`` if a type cannot be recorded.
    public init<M: UnaryMethod>(unary method: M.Type) throws {
        try self.init(method, .unary)
        self.reply = try TypeDescription(recording: M.Reply.self)
    }

    /// Describes a method that answers with a stream.
    public init<M: ServerStreamMethod>(serverStream method: M.Type) throws {
        try self.init(method, .serverStream)
        self.element = try TypeDescription(recording: M.Element.self)
    }

    /// Describes a method whose caller sends a stream.
    public init<M: ClientStreamMethod>(clientStream method: M.Type) throws {
        try self.init(method, .clientStream)
        self.input = try TypeDescription(recording: M.Input.self)
        self.reply = try TypeDescription(recording: M.Reply.self)
    }

    /// Describes a method in which both sides send streams.
    public init<M: BidirectionalStreamMethod>(bidirectional method: M.Type) throws {
        try self.init(method, .bidirectional)
        self.input = try TypeDescription(recording: M.Input.self)
        self.element = try TypeDescription(recording: M.Element.self)
    }
}

/// A method in a list.
public struct MethodSummary: Codable, Hashable, Sendable, DocumentedFields {
    /// `service.Method`.
    public var name: String
    /// One sentence.
    public var documentation: String
    /// What a call carries in each direction.
    public var shape: CallShape
    /// Who may call it, in words.
    public var access: String
    /// Whether a call may be repeated.
    public var repeatability: Repeatability

    init(_ contract: MethodContract, shape: CallShape) {
        self.name = contract.name
        self.documentation = contract.documentation
        self.shape = shape
        self.access = contract.access.description
        self.repeatability = contract.repeatability
    }

    public static let fieldDocumentation = [
        "name": "The method's name: service.Method.",
        "documentation": "One sentence about the method.",
        "shape": "What a call carries in each direction.",
        "access": "Who may call it, in words.",
        "repeatability": "Whether a call may be sent again without knowing how the first ended.",
    ]
}
