internal import Sodium

/// The only header that an access token may have: `{"alg":"EdDSA","kid":"…","typ":"at+jwt"}`.
///
/// The bytes must be exactly these, so nothing a header could ask for (another algorithm, a key
/// from an address or from the token itself, critical extensions, compression, a name given twice)
/// is ever considered, and there is one way to write a header.
struct AccessTokenHeader: Sendable, Hashable {
    /// RFC 9068, section 2.1.
    static let type = "at+jwt"
    /// RFC 8037, section 3.1.
    static let algorithm = "EdDSA"

    /// Which key signed.
    let keyID: String

    /// Names the key; `nil` if the name could not stand in a header as it is.
    init?(keyID: String) {
        guard Self.isKeyID(keyID.utf8) else { return nil }
        self.keyID = keyID
    }

    /// Reads the first part of a token.
    init?(encoded: some Sequence<UInt8>) {
        guard let bytes = Base64URL.decode(encoded),
            bytes.starts(with: Self.beginning), bytes.count > Self.beginning.count + Self.end.count,
            bytes.suffix(Self.end.count).elementsEqual(Self.end)
        else { return nil }
        let keyID = bytes.dropFirst(Self.beginning.count).dropLast(Self.end.count)
        guard Self.isKeyID(keyID) else { return nil }
        self.keyID = String(decoding: keyID, as: UTF8.self)
    }

    private static let beginning = Array("{\"alg\":\"\(algorithm)\",\"kid\":\"".utf8)
    private static let end = Array("\",\"typ\":\"\(type)\"}".utf8)

    /// Letters, digits, `-`, `_` and `.`: nothing that JSON would escape, no path, no SQL.
    private static func isKeyID(_ bytes: some Collection<UInt8>) -> Bool {
        (1...VerificationKey.idByteCountLimit).contains(bytes.count)
            && bytes.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: ".")
            }
    }
}
