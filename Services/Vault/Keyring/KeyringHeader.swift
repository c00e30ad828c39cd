internal import FoundationEssentials
internal import NIOCore
internal import SecretFormat
internal import Sodium
internal import Wire

/// The beginning of a keyring's file: whose it is, and the root key for who has the recovery key.
struct KeyringHeader: Sendable, Hashable {
    /// Another for each file: 16 bytes.
    let fileID: [UInt8]
    /// The vault.
    let vaultID: UUID
    /// Tells whether a root key is the one; see ``KeyringKeys/check``.
    let keyCheck: [UInt8]
    /// The root key for who has the recovery key.
    let recovery: RecoveryBox?
    /// The header as it is written.
    let bytes: [UInt8]

    static let fileIDByteCount = 16
    private static let magic = Array("STEWARD-KEYRING1".utf8)
    /// Far above what a header has.
    private static let byteCountLimit = 4_096

    /// Makes the header of a new file.
    init(keys: KeyringKeys, recovery: RecoveryBox?) {
        let fileID = Sodium.randomBytes(Self.fileIDByteCount)
        let fields: CBORValue = [
            .bytes(fileID), .bytes(keys.vaultID.octets), .bytes(keys.check),
            recovery.map { [.bytes($0.keyID), .bytes($0.box)] } ?? .null,
        ]
        let content = Array(fields.encoded(deterministic: true).readableBytesView)
        self.fileID = fileID
        self.vaultID = keys.vaultID
        self.keyCheck = keys.check
        self.recovery = recovery
        self.bytes = Self.magic + UInt32(content.count).bigEndianBytes + content
    }

    /// Reads the header that a file begins with.
    ///
    /// - Throws: ``KeyringFileError/notAKeyring``.
    init(reading file: [UInt8]) throws(KeyringFileError) {
        let start = Self.magic.count + MemoryLayout<UInt32>.size
        guard file.starts(with: Self.magic), file.count >= start,
            let count = UInt32(bigEndianBytes: file[Self.magic.count..<start]),
            count <= Self.byteCountLimit, file.count >= start + Int(count)
        else { throw .notAKeyring }
        let content = ByteBuffer(bytes: file[start..<start + Int(count)])
        // What does not decode is no header, however it comes.
        guard let fields = (try? CBORValue(decoding: content))?.arrayValue, fields.count == 4,
            let fileID = fields[0].bytesValue, fileID.count == Self.fileIDByteCount,
            let vaultID = fields[1].bytesValue.flatMap({ UUID(octets: $0) }),
            let keyCheck = fields[2].bytesValue
        else { throw .notAKeyring }
        self.fileID = fileID
        self.vaultID = vaultID
        self.keyCheck = keyCheck
        self.recovery = fields[3][0]?.bytesValue.flatMap { keyID in
            fields[3][1]?.bytesValue.map { RecoveryBox(keyID: keyID, box: $0) }
        }
        self.bytes = Array(file[..<(start + Int(count))])
    }
}
