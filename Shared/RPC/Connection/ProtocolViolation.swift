import Wire

/// The peer broke the protocol: the connection is closed, and the reason sent in GOAWAY.
struct ProtocolViolation: Error, Equatable {
    /// A stable identifier, also the counter's name.  `PROTOCOL.md`, "Connection errors".
    var reason: String
    /// A sentence for whoever reads the peer's log.
    var message: String
}

extension ProtocolViolation {
    /// Names what the frame decoder refused.
    init(_ error: FrameError) {
        let reason =
            switch error {
            case .frameTooLong: "frame_too_large"
            case .metadataTooLong: "metadata_too_large"
            case .metadataBeyondFrame: "metadata_length"
            case .unknownType: "unknown_type"
            case .reservedFlags: "unknown_flags"
            case .truncated: "truncated"
            }
        self.init(reason: reason, message: "\(error)")
    }

    static func flowControl(_ message: String) -> Self {
        Self(reason: "flow_control", message: message)
    }

    static func unexpectedFrame(_ message: String) -> Self {
        Self(reason: "unexpected_frame", message: message)
    }

    static func streamID(_ message: String) -> Self {
        Self(reason: "stream_id", message: message)
    }

    static func nuisance(_ message: String) -> Self {
        Self(reason: "enhance_calm", message: message)
    }
}
