import BenchmarkSupport
import Foundation
import IdentityAPI
import RPC
import SecretFormat
import Sodium
import VaultAPI

/// Somebody who is signed in, keeps secrets and reads them.
struct Reader: Sendable {
    private let identity: RPCClient
    private let vault: RPCClient
    private let identifier: String
    private let password: String

    /// A secret whose value is known, to compare with.
    struct Known: Sendable {
        let id: UUID
        let value: [UInt8]
    }

    static func signIn(
        sockets: String, identifier: String, password: String
    ) async throws -> Reader {
        let reader = Reader(
            identity: RPCClient([.unix(path: "\(sockets)/identity.sock")], name: "benchmark"),
            vault: RPCClient([.unix(path: "\(sockets)/vault.sock")], name: "benchmark"),
            identifier: identifier, password: password)
        _ = try await reader.options()
        return reader
    }

    func close() async {
        await self.vault.close()
        await self.identity.close()
    }

    /// Options with a token that outlives one measurement.
    private func options() async throws -> CallOptions {
        let session = try await self.identity.call(
            SignIn(identifier: self.identifier, password: self.password))
        let issued = try await self.identity.call(
            IssueToken(audience: .vault), options: CallOptions(token: session.accessToken))
        return CallOptions(token: issued.accessToken)
    }

    /// Secrets with values of 32 bytes.
    func makeSecrets(_ count: Int) async throws -> [Known] {
        let options = try await self.options()
        let client = VaultClient(client: self.vault, options: options)
        var made: [Known] = []
        for _ in 0..<count {
            let secret = try await self.vault.call(
                CreateSecret(name: "Benchmark \(UUID())", type: .apiKey), options: options)
            let value = Sodium.randomBytes(32)
            var copy = value
            try await client.put(try SecretBytes(taking: &copy), into: secret.id)
            made.append(Known(id: secret.id, value: value))
        }
        return made
    }

    func delete(_ secrets: [Known]) async throws {
        let options = try await self.options()
        for secret in secrets {
            _ = try await self.vault.call(DeleteSecret(secretID: secret.id), options: options)
        }
    }

    /// Callers that each have one read in flight; a tenth of the time is to warm up.
    ///
    /// - Returns: reads a second, and how many milliseconds each took from the making of the
    ///   reader's key to the opened value.
    func read(
        _ secrets: [Known], inFlight: Int, for duration: Duration
    ) async throws -> (perSecond: Double, milliseconds: [Double]) {
        let client = VaultClient(client: self.vault, options: try await self.options())
        let start = ContinuousClock.now + duration / 10
        let end = start + duration
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for caller in 0..<inFlight {
                group.addTask {
                    var times: [Double] = []
                    var number = caller
                    while ContinuousClock.now < end {
                        let secret = secrets[number % secrets.count]
                        number += inFlight + 1
                        let began = ContinuousClock.now
                        try await Self.read(secret, by: client)
                        let done = ContinuousClock.now
                        if began >= start, done <= end {
                            times.append((done - began) / .milliseconds(1))
                        }
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return (Double(times.count) / (duration / .seconds(1)), times)
    }

    private static func read(_ secret: Known, by client: VaultClient) async throws {
        let opened = try await client.get(SecretReference(secretID: secret.id))
        guard opened.value.withUnsafeBytes({ $0.elementsEqual(secret.value) }) else {
            throw BenchmarkFailure("a secret opened to another value")
        }
    }
}
