internal import RPC
internal import SecretFormat
internal import Sodium

/// What a caller is told when the keyring refuses.
extension KeyringError: RPCErrorConvertible {
    var rpcError: RPCError {
        switch self {
        case .unwritable, .fenced: .keyringUnwritable
        case .busy:
            RPCError(
                .resourceExhausted, reason: "vault.busy",
                message: "Too many changes wait to be written.", retry: .after(.milliseconds(200)))
        case .unknownKey: .sealInvalid("it is sealed to a key that the vault does not have.")
        case .wrongEpoch: .epochInUse("The epoch is the current one, or there is none.")
        case .destroyed: .secretDestroyed
        case .wrappingBroken: .tampered
        }
    }
}

extension SecretFormatError {
    /// What somebody is told who has sealed a value.
    var sealError: RPCError { .sealInvalid(self.description) }
}
