import ServiceKit
import Testing

import struct FoundationEssentials.UUID

@testable import RPC

@Suite("Calls with an idempotency key")
struct KeyedCallTests {
    private let ada = UUID()

    private func reason(_ work: () throws -> some Sendable) -> String? {
        do {
            _ = try work()
            return nil
        } catch {
            return (error as? RPCError)?.reason ?? "\(error)"
        }
    }

    @Test("A call without a key is none")
    func noKey() throws {
        #expect(try KeyedCall(Pay(amount: 1), .keyed(nil, by: self.ada)) == nil)
        #expect(try KeyedCall(Pay(amount: 1), .keyed(nil, by: nil)) == nil)
    }

    @Test("The key comes with the call or in the request, which is the same")
    func places() throws {
        let inCall = try KeyedCall(Pay(amount: 1), .keyed("k", by: self.ada))
        let inRequest = try KeyedCall(
            Pay(amount: 1, idempotencyKey: "k"), .keyed(nil, by: self.ada))
        let inBoth = try KeyedCall(Pay(amount: 1, idempotencyKey: "k"), .keyed("k", by: self.ada))
        #expect(inCall != nil)
        #expect(inCall == inRequest && inCall == inBoth)
        #expect(
            self.reason {
                try KeyedCall(Pay(amount: 1, idempotencyKey: "k"), .keyed("l", by: self.ada))
            } == "rpc.idempotency_key_invalid")
    }

    @Test(
        "A key is one line of 1 to 128 characters",
        arguments: [
            ("", false), (" ", false), ("a\nb", false), ("a\0b", false), ("a\u{2028}b", false),
            ("a", true), ("ä b", true), (String(repeating: "🦉", count: 128), true),
            (String(repeating: "k", count: 129), false),
        ])
    func keys(key: String, isValid: Bool) {
        let reason = self.reason { try KeyedCall(Pay(amount: 1), .keyed(key, by: self.ada)) }
        #expect(reason == (isValid ? nil : "rpc.idempotency_key_invalid"))
    }

    @Test("A key without a person is refused")
    func nobody() {
        #expect(
            self.reason { try KeyedCall(Pay(amount: 1), .keyed("k", by: nil)) }
                == "rpc.token_missing")
    }

    /// The same request from a client that writes its fields in another order, and has one more.
    private struct NewerPay: Encodable {
        var somethingNew: [Int]
        var note: String
        var amount: Int64
    }

    @Test("The digest is of what was understood, not of the order or number of its fields")
    func digest() throws {
        let encoded = try RPCClient.encode(
            NewerPay(somethingNew: [1], note: "x", amount: 7))
        let newer = try RPCClient.decode(Pay.self, from: encoded)
        func digest(_ request: Pay, secret: [UInt8]? = nil) throws -> [UInt8]? {
            try KeyedCall(request, .keyed("k", by: self.ada), secret: secret)?.digest
        }
        let plain = try digest(Pay(amount: 7, note: "x"))
        #expect(plain?.count == 32)
        #expect(try digest(newer) == plain)
        #expect(try digest(Pay(amount: 8, note: "x")) != plain)
        #expect(try digest(Pay(amount: 7)) != plain)
        let secret = try digest(Pay(amount: 7, note: "x"), secret: [1, 2, 3])
        #expect(secret?.count == 32)
        #expect(secret != plain)
        #expect(try digest(Pay(amount: 7, note: "x"), secret: [1, 2, 4]) != secret)
    }
}
