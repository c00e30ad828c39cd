internal import RPC
internal import VaultAPI

internal import struct FoundationEssentials.Data
internal import class FoundationEssentials.JSONDecoder
internal import struct FoundationEssentials.UUID

/// Makes next values by a program: it reads one line of JSON, and in the step `make` writes what
/// `rpcctl vault seal` writes.
struct HookMaker: ValueMaker {
    let name: String
    /// The program's path.
    let program: String
    /// How long a step may take.
    let patience: Duration

    /// The most that a sealed value takes as JSON, and as much again.
    static let outputLimit = 256 << 10
    /// The status with which a hook says that another value is to be made.
    static let valueRefusedStatus: Int32 = 3

    var producer: String { "hook:\(self.name)" }

    func make(_ task: RotationTask) async throws -> SealedSecretValue {
        let output = try await self.run(.make, task)
        do {
            return try JSONDecoder().decode(SealedSecretValue.self, from: Data(output))
        } catch {
            throw RotationFault.unreadable
        }
    }

    func set(_ task: RotationTask) async throws { _ = try await self.run(.set, task) }

    func confirm(_ task: RotationTask) async throws { _ = try await self.run(.confirm, task) }

    private func run(_ step: RotationStep, _ task: RotationTask) async throws -> [UInt8] {
        do {
            return try await HookProcess.run(
                self.program, input: try task.line(step),
                deadline: .now + self.patience, outputLimit: Self.outputLimit)
        } catch RotationFault.ended(status: Self.valueRefusedStatus) {
            throw RotationFault.valueRefused
        }
    }
}

extension RotationTask {
    /// The line that a hook reads: the fields of the task as the methods `rotation.*` have them,
    /// bytes in Base64, identifiers in lower case, and the step.
    func line(_ step: RotationStep) throws -> [UInt8] {
        func identifier(_ id: UUID) -> JSONValue { .string(id.uuidString.lowercased()) }
        func bytes(_ data: Data) -> JSONValue { .string(data.base64EncodedString()) }
        var members: [String: JSONValue] = [
            "form": .string("steward.vault.rotation.v1"), "step": .string(step.rawValue),
            "name": .string(self.name), "version": .integer(self.version),
            "key": .object([
                "vaultID": identifier(self.key.vaultID), "epoch": .integer(self.key.epoch),
                "keyID": bytes(self.key.keyID), "publicKey": bytes(self.key.publicKey),
                "identityKey": bytes(self.key.identityKey),
                "signature": bytes(self.key.signature),
            ]),
            "target": .object([
                "secretID": identifier(self.target.secretID),
                "ownerID": identifier(self.target.ownerID),
                "type": .string(self.target.type.rawValue),
                "nextVersion": .integer(self.target.nextVersion),
                "producer": .string(self.target.producer),
            ]),
        ]
        members["currentVersion"] = self.currentVersion.map(JSONValue.integer)
        members["pendingVersion"] = self.pendingVersion.map(JSONValue.integer)
        return Array("\(try JSONValue.object(members).jsonText)\n".utf8)
    }
}
