/// The metadata of OPEN: which method, and everything about the call that is not the request.
struct OpenMetadata: Codable, Sendable, Equatable {
    /// `service.Method`.
    var method: String
    /// Microseconds that the caller will still wait when it sends this; absent for no bound.
    var timeout: UInt64?
    /// The person's access token.
    var token: String?
    /// Makes a repeated write harmless.
    var idempotencyKey: String?
    /// How often the request was sent before; absent for never.
    var attempt: UInt32?
    /// The W3C `traceparent`.
    var trace: String?
    /// Free key-value pairs.
    var values: [String: String]?

    /// Whether a name can be a method's: 1 to 128 of letters, digits, `_` and `.`.
    static func isMethodName(_ name: String) -> Bool {
        let bytes = name.utf8
        return (1...128).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
