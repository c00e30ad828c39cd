internal import Crypto

/// Four bytes that tell keys of one name apart (C2SP signed-note, “Signatures”).
///
/// Not a fingerprint: anybody can make a key with a given ID, and gains nothing by it.
package struct KeyID: Sendable, Hashable {
    /// The bytes as a number, the most significant first.
    package let number: UInt32

    /// Takes the number.
    package init(_ number: UInt32) { self.number = number }

    /// The ID that the specification recommends: of the name, the type and the public key.
    init(name: KeyName, type: NoteSignatureType, publicKey: [UInt8]) {
        let digest = SHA256.hash(data: Array(name.text.utf8) + [0x0A, type.rawValue] + publicKey)
        self.init(digest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// The four bytes.
    var bytes: [UInt8] { BigEndian.bytes(UInt64(self.number), count: 4) }

    /// Eight hexadecimal digits in lower case.
    package var hexadecimal: String {
        let digits = String(self.number, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}

/// How the bytes of a note's signature are made (C2SP signed-note, “Signature types”).
package enum NoteSignatureType: UInt8, Sendable {
    /// Ed25519 over the text.
    case ed25519 = 0x01
    /// Ed25519 over the time and the text of a checkpoint (C2SP tlog-cosignature).
    case cosignature = 0x04
}
