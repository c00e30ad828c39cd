internal import NIOCore
internal import RPC
internal import Sodium
internal import Wire

/// SHA-256 over deterministic CBOR (RFC 8949, section 4.2.1): equal values, equal digests.
enum Digest {
    /// The digest of a value.
    static func of(_ value: some Encodable) throws -> [UInt8] {
        Sodium.sha256(Array(try CBOREncoder(deterministic: true).encode(value).readableBytesView))
    }

    /// The digest of a request and its method.
    static func of<M: Method>(request: M) throws -> [UInt8] {
        try self.of(DigestedRequest(method: M.contract.name, request: request))
    }

    /// Lower-case hexadecimal digits.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            if byte < 0x10 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }
}

private struct DigestedRequest<M: Method>: Encodable {
    let method: String
    let request: M
}
