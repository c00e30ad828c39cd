internal import Sodium

/// The frames of a keyring's file, each bound to its place and to all before it.
///
/// A frame is the length of its content, a code of the length in this place, and the sealed
/// content.  So nothing can be taken out, put in or exchanged; and where a file ends within a
/// frame, it is certain that it was cut there.
struct FrameChain: Sendable {
    private let fileID: [UInt8]
    /// How many frames there are.
    private(set) var count: UInt64 = 0
    /// BLAKE2b-256 of the frame before, or of the header.
    private var previous: [UInt8]

    /// The largest content of a frame in bytes.
    static let contentByteCountLimit = 1 << 20
    private static let lengthByteCount = MemoryLayout<UInt32>.size
    private static let headByteCount = lengthByteCount + KeyringKeys.codeByteCount

    /// Begins behind a header.
    init(_ header: KeyringHeader) {
        self.fileID = header.fileID
        self.previous = Sodium.blake2b(header.bytes)
    }

    /// What stands at a place of a file.
    enum Found {
        /// A frame with this content, and where it ends.
        case frame(content: [UInt8], end: Int)
        /// The beginning of a frame that was never written whole, or nothing but zeros.
        case tail
        /// Something that no crash leaves behind.
        case damage(String)
    }

    /// The frame with this content in the next place.
    mutating func append(_ content: [UInt8], keys: KeyringKeys) throws -> [UInt8] {
        let sealed = try keys.sealFrame(content, context: self.context("frame"))
        let length = UInt32(sealed.count).bigEndianBytes
        let frame = length + (try keys.lengthCode(of: self.context("length") + length)) + sealed
        self.advance(over: frame)
        return frame
    }

    /// Reads the frame that begins at an offset, which is before the end.
    mutating func read(_ file: [UInt8], at offset: Int, keys: KeyringKeys) throws -> Found {
        let rest = file[offset...]
        guard rest.count >= Self.headByteCount else { return .tail }
        let length = Array(rest.prefix(Self.lengthByteCount))
        let code = Array(rest.dropFirst(Self.lengthByteCount).prefix(KeyringKeys.codeByteCount))
        guard let byteCount = UInt32(bigEndianBytes: length),
            Sodium.equal(code, try keys.lengthCode(of: self.context("length") + length))
        else {
            // A file system may have made room for what it then did not write.
            return rest.allSatisfy { $0 == 0 } ? .tail : .damage("no frame in its place")
        }
        let start = offset + Self.headByteCount
        guard file.count - start >= Int(byteCount) else { return .tail }
        let end = start + Int(byteCount)
        do {
            let content = try keys.openFrame(
                Array(file[start..<end]), context: self.context("frame"))
            self.advance(over: Array(file[offset..<end]))
            return .frame(content: content, end: end)
        } catch SodiumError.sealBroken {
            return end == file.count ? .tail : .damage("a frame that was changed")
        }
    }

    private mutating func advance(over frame: [UInt8]) {
        self.previous = Sodium.blake2b(frame)
        self.count += 1
    }

    private func context(_ kind: String) -> [UInt8] {
        Array("steward.vault.keyring.\(kind).v1".utf8) + self.fileID
            + self.count.bigEndianBytes + self.previous
    }
}
