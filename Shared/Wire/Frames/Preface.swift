package import NIOCore

/// The eight bytes that each side sends first, so that another protocol on the socket is noticed at
/// once: a byte that is no ASCII, the name, a line end that a text-mode transfer would change, the
/// end-of-file character, and the version.
package enum Preface {
    /// The size of the preface, in bytes.
    package static let byteCount = 8

    /// The version of the framing that this side speaks.
    package static let version: UInt8 = 1

    /// The preface of this side.
    package static let bytes: [UInt8] = [0x89, 0x53, 0x54, 0x57, 0x0d, 0x0a, 0x1a, version]

    /// What the first bytes of a connection show.
    package enum Verdict: Sendable, Hashable {
        /// All bytes so far are right, and some are still to come.
        case incomplete
        /// The peer speaks this protocol and this version.
        case accepted
        /// The peer speaks this protocol in another version; answer with one's own preface.
        case unsupportedVersion(UInt8)
        /// The peer speaks something else.
        case foreignProtocol
    }

    /// Judges a buffer's first bytes, without reading them; a wrong one shows before all eight are
    /// there.
    package static func check(_ buffer: ByteBuffer) -> Verdict {
        let nameByteCount = byteCount - 1
        for (received, expected) in zip(buffer.readableBytesView, bytes.prefix(nameByteCount))
        where received != expected {
            return .foreignProtocol
        }
        guard let received: UInt8 = buffer.getInteger(at: buffer.readerIndex + nameByteCount)
        else { return .incomplete }
        return received == version ? .accepted : .unsupportedVersion(received)
    }
}

extension ByteBuffer {
    /// Appends the preface of this side.
    package mutating func writePreface() {
        self.writeBytes(Preface.bytes)
    }
}
