/// How a peer broke the frame format.
///
/// Every one of them closes the connection.
package enum FrameError: Error, Hashable, Sendable {
    /// The length field is above the limit.
    case frameTooLong(length: Int, limit: Int)
    /// The metadata's length is above the limit.
    case metadataTooLong(length: Int, limit: Int)
    /// The metadata would be longer than the frame that holds it.
    case metadataBeyondFrame(metadataLength: Int, length: Int)
    /// A type that is invalid, or unknown and not ignorable.
    case unknownType(UInt8)
    /// A reserved flag is set.
    case reservedFlags(UInt8)
    /// The peer stopped sending within a frame.
    case truncated(missingByteCount: Int)
}

extension FrameError: CustomStringConvertible {
    /// The mistake in words.
    package var description: String {
        switch self {
        case .frameTooLong(let length, let limit):
            "a frame of \(length) bytes exceeds the limit of \(limit)"
        case .metadataTooLong(let length, let limit):
            "metadata of \(length) bytes exceeds the limit of \(limit)"
        case .metadataBeyondFrame(let metadataLength, let length):
            "metadata of \(metadataLength) bytes in a frame of \(length)"
        case .unknownType(let type): "unknown frame type \(type)"
        case .reservedFlags(let flags): "reserved frame flags \(flags)"
        case .truncated(let count): "the connection ended \(count) bytes before a frame's end"
        }
    }
}
