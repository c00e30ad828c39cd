import ArgumentParser
import Glibc
import RPC
import SecretFormat
import Sodium
import VaultAPI

/// Runs `rpcctl vault get`.
struct VaultGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Gets a value and prints it, at a terminal or with --print.",
        discussion: """
            The vault releases the value for this one call, sealed to a key that is made here. \
            That you got it is in the access log and in the audit log.
            """)

    @OptionGroup var secret: SecretOptions

    @Option(
        name: .customLong("value-version"),
        help: ArgumentHelp("Which version; the current one if absent.", valueName: "version"))
    var version: Int64?

    @Option(
        help: ArgumentHelp("current, previous or pending.", valueName: "label"),
        completion: .list(SecretLabel.knownCases.map(\.rawValue)))
    var label: String?

    @Flag(help: "Print it to what is no terminal, such as a file or another program.")
    var print = false

    @Option(help: "What it is for, for whoever looks at the access log later.")
    var purpose: String?

    @OptionGroup var identity: VaultIdentityOptions
    @OptionGroup var target: AddressOptions

    func run() async throws {
        let output = OutputStream.standardOutput
        guard output.isTerminal || self.print else {
            throw CommandFailure.usage(
                "The value would go to a file or another program.",
                hints: ["add --print if that is meant"])
        }
        let installation = try self.target.installation()
        let connection = try VaultConnection(installation)
        let identity = try self.identity.known(installation)
        let client = VaultClient(asker: connection, identity: identity)
        let id = self.secret.secret.id
        do {
            let opened = try await client.get(
                SecretReference(
                    secretID: id, name: self.secret.secret.name,
                    ownerID: id == nil ? self.secret.owner?.id : nil, version: self.version,
                    label: self.label.map(SecretLabel.init(rawValue:))),
                purpose: self.purpose)
            if identity == nil { try installation.vaultIdentity.remember(opened.identity) }
            try opened.value.withUnsafeBytes { try Self.write($0) }
        } catch let error as SecretFormatError {
            throw CommandFailure.unsealed(error)
        }
        if output.isTerminal { try output.write("\n") }
    }

    /// Writes from the locked memory itself: no copy is left behind.
    private static func write(_ bytes: UnsafeRawBufferPointer) throws {
        var offset = 0
        while offset < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            let count = Glibc.write(1, rest.baseAddress, rest.count)
            if count >= 0 {
                offset += count
            } else if errno == EAGAIN {
                var ready = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno == EPIPE {
                throw OutputStream.ReaderLeft()
            } else if errno != EINTR {
                throw CommandFailure(
                    .unspecified, reason: "rpcctl.output_failed",
                    "Can't write the value: \(Errno.text).")
            }
        }
    }
}
