internal import RPC
internal import Sodium
internal import VaultAPI

/// How the vault makes the next value of a secret by itself: a text of random characters.
struct RandomText: Hashable, Sendable {
    /// How many characters.
    let length: Int
    /// Which ones.
    let alphabet: [UInt8]

    private static let alphabets: [String: String] = [
        "alphanumeric": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "hexadecimal": "0123456789abcdef",
        "printable":
            "!#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz"
            + "{|}~",
    ]
    /// Types whose values somebody else must make.
    private static let foreignTypes: [SecretType] = [.certificate, .sshKey, .oauthToken]

    /// Reads a secret's rotation configuration.
    ///
    /// - Throws: an ``RPCError`` that names the field.
    init(_ configuration: JSONValue, for type: SecretType) throws {
        guard !Self.foreignTypes.contains(type) else {
            throw RPCError.invalid(
                "rotationMethod", "a random text is no \(type): its values are put.")
        }
        guard case .object(let members) = configuration,
            Set(members.keys).isSubset(of: ["length", "alphabet"])
        else {
            throw RPCError.invalid(
                "rotationConfiguration", "an object with length and alphabet alone.")
        }
        switch members["length"] {
        case nil: self.length = 32
        case .integer(let length) where (8...256).contains(length): self.length = Int(length)
        default: throw RPCError.invalid("rotationConfiguration", "length: 8 to 256.")
        }
        switch members["alphabet"] {
        case nil: self.alphabet = Self.bytes("alphanumeric")
        case .string(let name) where Self.alphabets[name] != nil: self.alphabet = Self.bytes(name)
        default:
            let names = Self.alphabets.keys.sorted().joined(separator: ", ")
            throw RPCError.invalid("rotationConfiguration", "alphabet: one of \(names).")
        }
    }

    /// A new value, in locked memory from its first byte on; every text is as likely as another.
    func value() throws -> SecretBytes {
        let limit = 256 - 256 % self.alphabet.count
        return try SecretBytes(count: self.length) { buffer in
            var filled = 0
            while filled < buffer.count {
                // Bytes beyond a multiple of the alphabet would make its first characters likelier.
                let random = try SecretBytes(random: 2 * self.length)
                random.withUnsafeBytes { bytes in
                    for byte in bytes where Int(byte) < limit && filled < buffer.count {
                        buffer[filled] = self.alphabet[Int(byte) % self.alphabet.count]
                        filled += 1
                    }
                }
            }
        }
    }

    private static func bytes(_ name: String) -> [UInt8] {
        Array((Self.alphabets[name] ?? "").utf8)
    }
}
