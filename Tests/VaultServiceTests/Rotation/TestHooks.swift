import Foundation
import RPC
import SecretFormat
import Sodium
import VaultAPI

@testable import VaultService

/// A directory of hooks, with what they have noted.
final class TestHooks: Sendable {
    let path: String

    init() throws {
        self.path = "/tmp/steward-hooks-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(
            atPath: self.path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    deinit {
        // What is left in /tmp harms no other test.
        try? FileManager.default.removeItem(atPath: self.path)
    }

    func makers(patience: Duration = .seconds(30)) -> RotationMakers {
        RotationMakers(hooks: HookDirectory(path: self.path), patience: patience)
    }

    /// Writes a hook.
    func write(_ name: String, _ script: String, mode: Int = 0o700) throws {
        let file = "\(self.path)/\(name)"
        try Data(script.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    /// Writes a hook that notes its steps, gives what is in the file `value`, and runs a script of
    /// its own in each step.
    func writeStepped(
        _ name: String, make: String = "", set: String = "", confirm: String = ""
    )
        throws
    {
        try self.write(
            name,
            """
            #!/bin/sh
            cd \(self.path) || exit 9
            read -r line
            case $line in
            *'"step":"make"'*) echo make >>steps; \(make.isEmpty ? "cat value" : make) ;;
            *'"step":"set"'*) echo set >>steps; \(set.isEmpty ? ":" : set) ;;
            *'"step":"confirm"'*) echo confirm >>steps; \(confirm.isEmpty ? ":" : confirm) ;;
            *) exit 9 ;;
            esac
            """)
    }

    /// Puts a file beside the hooks.
    func keep(_ content: Data, as name: String) throws {
        try content.write(to: URL(fileURLWithPath: "\(self.path)/\(name)"))
    }

    /// The lines of a file beside the hooks; none if there is none.
    func lines(_ name: String) -> [String] {
        // A hook that did not run has noted nothing.
        let text = try? String(contentsOfFile: "\(self.path)/\(name)", encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }

    /// The steps that hooks have taken.
    var steps: [String] { self.lines("steps") }

    /// Waits until a file has a line.
    func wait(for line: String, in name: String) async {
        while !self.lines(name).contains(line) { await Task.yield() }
    }
}

extension TestInstance {
    /// A value as a hook or a peer seals it.
    func sealed(
        _ value: String, for secret: Secret, version: Int64, by producer: String
    ) throws -> SealedSecretValue {
        var bytes = Array(value.utf8)
        let key = self.keyring.sealingKey
        let sealed = try SealedVersion(
            sealing: try SecretBytes(taking: &bytes),
            as: SecretContext(
                vaultID: key.vaultID, ownerID: secret.ownerID, secretID: secret.id,
                version: version, secretType: secret.type.rawValue, producer: producer),
            with: key)
        return SealedSecretValue(
            suite: 1, sealedKey: Data(sealed.sealedKey), keyID: Data(sealed.keyID),
            ciphertext: Data(sealed.ciphertext), commitment: Data(sealed.commitment))
    }

    /// Lets a secret's rotation be due.
    func makeDue(_ id: UUID) async throws {
        try await self.rewrite(id) { record in
            record.lastRotatedAt = record.createdAt - 31 * 86_400
            record.schedule()
        }
    }
}

extension TestPerson {
    /// A secret with a value, which a hook or a peer rotates.
    func rotated(
        by method: RotationMethod, _ name: String, value: String = "old"
    ) async throws
        -> Secret
    {
        let secret = try await self.call(
            CreateSecret(
                name: UUID().uuidString, type: .apiKey, rotationEnabled: true, rotationDays: 30,
                rotationMethod: method,
                rotationConfiguration: .object([method.rawValue: .string(name)])))
        try await self.put(value, secret.id)
        return secret
    }
}
