/// A frame's flags.
///
/// The bits without a name must be 0.
package struct FrameFlags: OptionSet, Sendable, Hashable {
    /// The byte on the wire.
    package var rawValue: UInt8

    /// Makes flags from their byte.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The sender sends nothing more on this stream.
    package static let end = FrameFlags(rawValue: 0x01)
    /// The message goes on in the stream's next frame.
    package static let more = FrameFlags(rawValue: 0x02)
    /// A receiver that doesn't know the type drops the frame.
    package static let ignorable = FrameFlags(rawValue: 0x80)

    /// Every bit that has a meaning.
    package static let known: FrameFlags = [.end, .more, .ignorable]
}
