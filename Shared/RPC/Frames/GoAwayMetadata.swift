/// The metadata of GOAWAY: the connection takes no further calls, or is about to be closed.
struct GoAwayMetadata: Codable, Sendable, Equatable {
    /// The highest stream that is or will be served; later ones were not processed.
    var lastStream: UInt64
    /// Why, as a stable identifier such as `draining` or `frame_too_large`.
    var reason: String
    /// A sentence for people.
    var message: String?
}
