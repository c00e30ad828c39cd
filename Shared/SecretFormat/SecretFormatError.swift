/// Why a secret was not sealed or not opened.
package enum SecretFormatError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The value is longer than a secret may be.
    case valueTooLong(byteCount: Int)
    /// The context names a suite that this version does not know.
    case unknownSuite(Int64)
    /// A part does not have the length that it must have.
    case malformed(String)
    /// The sealing key or the reply is not signed by the vault's identity.
    case wrongSignature
    /// The vault has another identity than the one that was expected.
    case otherVault
    /// The reply is for another request, reader or key.
    case otherRequest
    /// The data key was sealed for another secret, version, owner, type or key.
    case otherContext
    /// The data key is not the one that the version was made with.
    case otherKey
    /// A box or a ciphertext was changed, or is sealed to another key.
    case broken

    package var description: String {
        switch self {
        case .valueTooLong(let byteCount):
            "The value has \(byteCount) bytes; a secret has at most "
                + "\(SealedVersion.valueByteCountLimit)."
        case .unknownSuite(let suite): "The suite \(suite) is not known here."
        case .malformed(let part): "The \(part) does not have its length."
        case .wrongSignature: "The vault's identity has not signed this."
        case .otherVault: "This vault has another identity than the one expected."
        case .otherRequest: "The reply is not for this request."
        case .otherContext: "The data key was sealed for something else."
        case .otherKey: "The data key is not the one that this version was made with."
        case .broken: "Something sealed was changed, or is sealed to another key."
        }
    }
}
