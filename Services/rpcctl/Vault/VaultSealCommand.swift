import ArgumentParser
import RPC
import SecretFormat
import Sodium
import VaultAPI

import struct FoundationEssentials.Data
import class FoundationEssentials.JSONDecoder
import class FoundationEssentials.JSONEncoder

/// Runs `rpcctl vault seal`.
struct VaultSealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Seals a value for one version of a secret, and prints what the vault takes.",
        discussion: """
            For programs that the vault runs to rotate secrets: the line that they read is given \
            with --for, the value on standard input. Asks nobody, and needs no session.

                new-password | rpcctl vault seal --for "$line"

            The answer of vault.GetSealingKey in JSON may be given as well.
            """)

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "What to seal for, in JSON: the key and the target.", valueName: "JSON|@FILE"))
    var target: String

    @Flag(help: "Keep a newline at the end of standard input.")
    var exact = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The vault's identity key, as steward-vault init printed it; the key to seal with "
                + "must be signed with it.",
            valueName: "key"))
    var identity: String?

    func run() async throws {
        let task = try self.task()
        let identity = try self.identity.map { try VaultIdentity.read($0, from: "--identity") }
        let value = try SecretInput.read("Value to seal: ", isExact: self.exact)
        do {
            let sealed = try SealedVersion(
                sealing: value,
                as: SecretContext(
                    vaultID: task.key.vaultID, ownerID: task.target.ownerID,
                    secretID: task.target.secretID, version: task.target.nextVersion,
                    secretType: task.target.type.rawValue, producer: task.target.producer),
                with: SealingKey(task.key), identity: identity)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let text = try encoder.encode(
                SealedSecretValue(
                    suite: sealed.context.suite, sealedKey: Data(sealed.sealedKey),
                    keyID: Data(sealed.keyID), ciphertext: Data(sealed.ciphertext),
                    commitment: Data(sealed.commitment)))
            try OutputStream.standardOutput.write("\(String(decoding: text, as: UTF8.self))\n")
        } catch let error as SecretFormatError {
            throw CommandFailure.unsealed(error)
        }
    }

    private struct SealingTask: Decodable {
        let key: PublicSealingKey
        let target: SealingTarget
    }

    private func task() throws -> SealingTask {
        let text =
            self.target.hasPrefix("@")
            ? try FileSource.disk.readText(String(self.target.dropFirst())) : self.target
        do {
            return try JSONDecoder().decode(SealingTask.self, from: Data(text.utf8))
        } catch {
            throw CommandFailure.usage(
                "--for takes the line that a rotation hook reads, or an answer of "
                    + "vault.GetSealingKey, in JSON.")
        }
    }
}
