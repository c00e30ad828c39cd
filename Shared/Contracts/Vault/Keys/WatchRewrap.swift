public import RPC

/// Follows the moving of data keys to the current epoch until it is done, or nothing is left that
/// can be moved.
public struct WatchRewrap: ServerStreamMethod {

    /// Asks for it.
    public init() {}

    public typealias Element = RewrapProgress

    public static let contract = MethodContract(
        "vault.WatchRewrap",
        documentation:
            "Follows the moving of data keys to the current epoch until it is done, or nothing is "
            + "left that can be moved.",
        access: .permission("vault:keys"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// How far data keys are moved to the current epoch.
public struct RewrapProgress: Codable, Hashable, Sendable, DocumentedFields {
    /// The current epoch.
    public var epoch: Int64
    /// Versions that have a data key.
    public var totalCount: Int64
    /// Those not moved yet.
    public var remainingCount: Int64
    /// Whether none is left.
    public var isComplete: Bool
    /// Versions that cannot be moved, the first 100 of them; in the last element of a stream that
    /// ends without being complete.
    public var left: [RewrapRemainder]?

    /// Describes one.
    public init(
        epoch: Int64, totalCount: Int64, remainingCount: Int64, isComplete: Bool,
        left: [RewrapRemainder]? = nil
    ) {
        self.epoch = epoch
        self.totalCount = totalCount
        self.remainingCount = remainingCount
        self.isComplete = isComplete
        self.left = left
    }

    public static let fieldDocumentation = [
        "epoch": "The current epoch.",
        "totalCount": "Versions that have a data key.",
        "remainingCount": "Those not moved yet.",
        "isComplete": "Whether none is left.",
        "left":
            "Versions that cannot be moved, the first 100 of them; in the last element of a stream "
            + "that ends without being complete.",
    ]
}
