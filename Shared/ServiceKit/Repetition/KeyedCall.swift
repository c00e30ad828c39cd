internal import NIOCore
package import RPC
internal import Sodium
internal import Wire

package import struct FoundationEssentials.UUID

/// A call that came with an idempotency key: who asks for what, so that it is known again.
package struct KeyedCall: Hashable, Sendable {
    /// The person who calls; everybody's keys are their own.
    package let caller: UUID
    /// The method's name on the wire.
    package let method: String
    /// The key as the caller chose it.
    package let key: String
    /// SHA-256 over the deterministic CBOR (RFC 8949, section 4.2.1) of method and request, by
    /// which a repeated request is told from another one.
    ///
    /// It is of the request as this service understood it: neither the order of fields nor the
    /// width of integers matters, and fields that the service does not know are not in it.
    package let digest: [UInt8]

    /// The longest key, in characters of Unicode.
    private static let characterLimit = 128

    /// Reads a call's key; `nil` if it came without.
    ///
    /// - Parameter secret: makes the digest an HMAC under it.  For requests that may carry a
    ///   password: from a bare digest it could be guessed.
    /// - Throws: `rpc.idempotency_key_invalid`; `rpc.token_missing` for a call without a person.
    package init?<M: Method>(
        _ request: M, _ context: CallContext, secret: [UInt8]? = nil
    ) throws {
        var digested = request
        var own: String?
        if M.contract.repeatability == .withKey, var keyed = request as? any KeyedRequest {
            own = keyed.idempotencyKey
            keyed.idempotencyKey = nil
            digested = keyed as? M ?? request
        }
        guard let key = own ?? context.idempotencyKey else { return nil }
        precondition(
            M.contract.keyedAnswer == .kept, "\(M.contract.name) does not say that it takes keys")
        if let other = context.idempotencyKey, other != key {
            throw RPCError.idempotencyKeyInvalid("The request and the call carry different keys.")
        }
        try Self.check(key)
        self.caller = try context.requireCaller().userID
        self.method = M.contract.name
        self.key = key
        self.digest = try Self.digest(
            DigestedRequest(method: M.contract.name, request: digested), secret: secret)
    }

    /// One line with something to see in it.
    private static func check(_ key: String) throws(RPCError) {
        let scalars = key.unicodeScalars
        guard (1...Self.characterLimit).contains(scalars.count),
            scalars.contains(where: { !$0.properties.isWhitespace }),
            !scalars.contains(where: { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: true
                default: false
                }
            })
        else {
            throw .idempotencyKeyInvalid(
                "An idempotency key has 1 to \(Self.characterLimit) characters in one line.")
        }
    }

    private static func digest(_ value: some Encodable, secret: [UInt8]?) throws -> [UInt8] {
        let encoded = Array(try CBOREncoder(deterministic: true).encode(value).readableBytesView)
        return secret.map { Sodium.hmacSHA256(encoded, key: $0) } ?? Sodium.sha256(encoded)
    }
}

private struct DigestedRequest<M: Method>: Encodable {
    let method: String
    let request: M
}
