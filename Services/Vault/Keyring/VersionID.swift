internal import FoundationEssentials
internal import SecretFormat

/// One version of one secret.
struct VersionID: Sendable, Hashable {
    let secret: UUID
    let version: Int64

    /// 24 bytes: the secret's identifier, then the number, its most significant byte first.
    var bytes: [UInt8] { self.secret.octets + self.version.bigEndianBytes }
}

extension FixedWidthInteger {
    /// The number's bytes, the most significant one first.
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: self.bigEndian) { Array($0) } }

    /// Reads a number, its most significant byte first; `nil` if there are too few bytes.
    init?(bigEndianBytes bytes: some Collection<UInt8>) {
        guard bytes.count == MemoryLayout<Self>.size else { return nil }
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}
