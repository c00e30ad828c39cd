/// What a frame says.
package struct FrameType: RawRepresentable, Sendable, Hashable {
    /// The byte on the wire; 0 is invalid, so that zeroed memory is no frame.
    package var rawValue: UInt8

    /// Makes a type from its byte, known or not.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The client's settings.
    package static let hello = FrameType(rawValue: 0x01)
    /// The server's settings.
    package static let helloOK = FrameType(rawValue: 0x02)
    /// Asks for a `pong` with the same body.
    package static let ping = FrameType(rawValue: 0x03)
    /// Answers a `ping`.
    package static let pong = FrameType(rawValue: 0x04)
    /// No new streams are taken.
    package static let goAway = FrameType(rawValue: 0x05)
    /// Grants bytes to a stream, or to the connection on stream 0.
    package static let credit = FrameType(rawValue: 0x06)
    /// Begins a call.
    package static let open = FrameType(rawValue: 0x10)
    /// A message, or a fragment of one.
    package static let message = FrameType(rawValue: 0x11)
    /// Ends a call with an outcome.
    package static let status = FrameType(rawValue: 0x12)
    /// Ends a call at once.
    package static let reset = FrameType(rawValue: 0x13)

    /// Whether this version of the protocol defines the type.
    package var isKnown: Bool {
        switch rawValue {
        case 0x01...0x06, 0x10...0x13: true
        default: false
        }
    }
}

extension FrameType: CustomStringConvertible {
    /// The protocol's name of the type, or its byte.
    package var description: String {
        switch self {
        case .hello: "HELLO"
        case .helloOK: "HELLO_OK"
        case .ping: "PING"
        case .pong: "PONG"
        case .goAway: "GOAWAY"
        case .credit: "CREDIT"
        case .open: "OPEN"
        case .message: "MESSAGE"
        case .status: "STATUS"
        case .reset: "RESET"
        default: "type \(rawValue)"
        }
    }
}
