internal import RPC
internal import VaultAPI

/// The hooks and peers that the operator has set up.
///
/// A secret says no more than the name of one: neither a path nor an argument.
struct RotationMakers: Sendable {
    /// Where the hooks are; `nil` if there are none.
    var hooks: HookDirectory?
    /// The peers by name.
    var peers: [String: RPCClient] = [:]
    /// How long one step may take.
    var patience = Duration.seconds(60)

    /// What versions' producers begin with that were made in a rotation.
    static let producerPrefixes = ["hook:", "peer:"]

    /// Whether somebody outside the vault makes the next value.
    static func isNeeded(for method: RotationMethod) -> Bool { [.hook, .peer].contains(method) }

    /// Reads the name of a hook or peer in a secret's rotation configuration.
    ///
    /// - Throws: an ``RPCError`` that names the field.
    static func name(in configuration: JSONValue, for method: RotationMethod) throws -> String {
        guard case .object(let members) = configuration, members.count == 1,
            case .string(let name)? = members[method.rawValue], Self.isName(name)
        else {
            throw RPCError.invalid(
                "rotationConfiguration",
                "an object with \(method) alone, the name of one that is set up.")
        }
        return name
    }

    /// Whether a text can be the name of a hook or peer: one part of a path, and no hidden file.
    static func isName(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
        }
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, isPlain(first)
        else { return false }
        return text.utf8.allSatisfy { isPlain($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    /// Who makes the next value of a secret.
    ///
    /// - Throws: ``RotationFault/unknown(_:)``; an ``RPCError`` for a configuration that is none.
    func maker(for secret: SecretRecord) throws -> any ValueMaker {
        let method = secret.rotationMethod
        let name = try Self.name(in: secret.rotationConfiguration, for: method)
        switch method {
        case .hook:
            guard let hooks = self.hooks else { throw RotationFault.unknown("no hooks are set up") }
            return HookMaker(
                name: name, program: try hooks.program(named: name), patience: self.patience)
        case .peer:
            guard let peer = self.peers[name] else {
                throw RotationFault.unknown("no peer of this name is set up")
            }
            return PeerMaker(name: name, client: peer, patience: self.patience)
        default: throw RPCError.notRotatable
        }
    }

    /// Checks what a secret now says of its rotation.
    ///
    /// A hook acts on what it was written for: whoever could let it act for a secret of their own
    /// would get the value.
    ///
    /// - Parameter isManager: whether who says so manages secrets.
    /// - Throws: an ``RPCError``.
    func check(_ secret: SecretRecord, isManager: Bool) throws {
        guard Self.isNeeded(for: secret.rotationMethod) else { return }
        guard isManager else { throw RPCError.rotationNeedsManager }
        do {
            _ = try self.maker(for: secret)
        } catch let fault as RotationFault {
            throw RPCError.invalid("rotationConfiguration", "\(fault).")
        }
    }

    /// Lets go of the peers.
    func close() async {
        for peer in self.peers.values { await peer.close() }
    }
}
