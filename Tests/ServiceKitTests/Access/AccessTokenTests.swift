import IdentityAPI
import JWTKit
import RPC
import Sodium
import Testing

import struct FoundationEssentials.Data
import struct FoundationEssentials.Date
import class FoundationEssentials.JSONEncoder
import struct FoundationEssentials.UUID

@testable import ServiceKit

@Suite("Access tokens")
struct AccessTokenTests {
    @Test("A token that was signed is verified, and again from memory")
    func genuine() async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let token = try await world.token()
        let claims = try await verifier.verify(token)
        #expect(claims.sub == world.userID)
        #expect(claims.sid == world.sessionID)
        #expect(try await verifier.verify(token) == claims)
    }

    @Test("A token has the form of RFC 9068 and stays below 1 KiB")
    func form() async throws {
        let world = try await AccessWorld()
        let token = try await world.token()
        let parts = token.split(separator: ".").map(String.init)
        let header = String(decoding: Base64URL.decode(parts[0]) ?? [], as: UTF8.self)
        #expect(
            header == "{\"alg\":\"EdDSA\",\"kid\":\"\(world.signer.key.id)\",\"typ\":\"at+jwt\"}"
        )
        #expect(token.utf8.count < 1_024)
    }

    @Test("The same private key gives the same key id and public key")
    func stableKey() async throws {
        var seed = [UInt8](repeating: 7, count: 32)
        var again = seed
        let first = try await AccessTokenSigner(seed: SecretBytes(taking: &seed))
        let second = try await AccessTokenSigner(seed: SecretBytes(taking: &again))
        #expect(first.key == second.key)
        #expect(first.key.publicKey.count == 32)
        await #expect(throws: SodiumError.self) {
            _ = try await AccessTokenSigner(seed: SecretBytes(random: 31))
        }
    }

    /// T2, T3, T4, T5, T7 (type), T9: every header but the one that identity writes.
    @Test(
        "A token with any other header is refused, even if its signature is right",
        arguments: [
            #"{"alg":"none","kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"NONE","kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"HS256","kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"ES256","kid":"K","typ":"at+jwt"}"#,
            #"{"kid":"K","typ":"at+jwt"}"#, #"{"alg":"EdDSA","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"K"}"#, #"{"alg":"EdDSA","kid":"K","typ":"JWT"}"#,
            #"{"alg":"EdDSA","kid":"K","typ":"id+jwt"}"#,
            #"{"alg":"EdDSA","kid":"K","typ":"AT+JWT"}"#,
            #"{"alg":"EdDSA","kid":"","typ":"at+jwt"}"#,
            #"{"alg":"none","alg":"EdDSA","kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"K","typ":"at+jwt","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"K","typ":"at+jwt","jku":"https://evil"}"#,
            #"{"alg":"EdDSA","jwk":{"kty":"OKP"},"kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"K","typ":"at+jwt","x5u":"https://evil"}"#,
            #"{"alg":"EdDSA","crit":["exp"],"kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","b64":false,"kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"K","typ":"at+jwt","zip":"DEF"}"#,
            #"{"alg":"EdDSA","enc":"A256GCM","kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"../../etc/passwd","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"' OR 1=1 --","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":["K"],"typ":"at+jwt"}"#,
            #" {"alg":"EdDSA","kid":"K","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"K","typ":"at+jwt"} "#,
            #"{"alg": "EdDSA","kid":"K","typ":"at+jwt"}"#, "{}", "[]", "null", "",
        ]
    )
    func headers(header: String) async throws {
        let key = try TestKey()
        let world = try await AccessWorld()
        world.state.apply(
            AccessEvent(position: 2, kind: .signingKey, signingKey: key.published(as: "K"))
        )
        let verifier = AccessTokenVerifier(state: world.state)
        let payload = try JSONEncoder().encode(world.claims())
        let genuine = try await key.token(
            #"{"alg":"EdDSA","kid":"K","typ":"at+jwt"}"#,
            [UInt8](payload)
        )
        #expect(try await verifier.verify(genuine).sub == world.userID)
        let forged = try await key.token(header, [UInt8](payload))
        await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(forged) }
    }

    @Test("A public key used as the secret of an HMAC verifies nothing")
    func algorithmConfusion() async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let payload = try JSONEncoder().encode(world.claims())
        for algorithm in ["HS256", "EdDSA"] {
            let header =
                "{\"alg\":\"\(algorithm)\",\"kid\":\"\(world.signer.key.id)\",\"typ\":\"at+jwt\"}"
            let input =
                Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode([UInt8](payload))
            let code = Sodium.hmacSHA256(
                Array(input.utf8),
                key: [UInt8](world.signer.key.publicKey)
            )
            for signature in [code, code + code] {
                let token = input + "." + Base64URL.encode(signature)
                await #expect(throws: AccessRefusal.tokenInvalid) {
                    try await verifier.verify(token)
                }
            }
        }
    }

    /// T6, T7: claims that are malformed or say something else.
    @Test(
        "A token whose claims are malformed, foreign or out of range is refused",
        arguments: [
            ("iss", #""other""#), ("iss", "null"), ("aud", #""vault""#), ("aud", #"["steward"]"#),
            ("aud", "null"), ("sub", #""not a uuid""#), ("sub", "null"), ("sid", "7"),
            ("exp", "1700000100.5"), ("exp", #""1700000100""#), ("exp", "null"), ("exp", "-1"),
            ("exp", "1700001000"), ("exp", "9223372036854775807"), ("exp", "1e300"),
            ("iat", "0"), ("iat", "-9223372036854775808"), ("iat", "1700000031"), ("iat", "null"),
            ("auth_time", "1700000001"), ("auth_time", "0"), ("auth_time", "null"), ("jti", "null"),
        ]
    )
    func claims(name: String, value: String) async throws {
        let key = try TestKey()
        let world = try await AccessWorld()
        world.state.apply(
            AccessEvent(position: 2, kind: .signingKey, signingKey: key.published(as: "K"))
        )
        let verifier = AccessTokenVerifier(state: world.state)
        var claims = [
            ("iss", #""steward""#), ("aud", #""steward""#), ("sub", "\"\(UUID())\""),
            ("sid", "\"\(UUID())\""), ("jti", "\"\(UUID())\""), ("iat", "1700000000"),
            ("exp", "1700000300"), ("auth_time", "1699990000"),
        ]
        func token() async throws -> String {
            let payload = "{" + claims.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
            return try await key.token(
                #"{"alg":"EdDSA","kid":"K","typ":"at+jwt"}"#,
                Array(payload.utf8)
            )
        }
        _ = try await verifier.verify(await token())
        let index = try #require(claims.firstIndex { $0.0 == name })
        claims[index].1 = value
        let changed = try await token()
        await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(changed) }
        claims.remove(at: index)
        let missing = try await token()
        await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(missing) }
    }

    @Test("A token ends exactly with its time, and no leeway stretches it")
    func expiry() async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let token = try await world.signer.sign(world.claims(issuedAgo: 0))
        world.clock.advance(by: .milliseconds(299_999))
        _ = try await verifier.verify(token)
        world.clock.advance(by: .milliseconds(1))
        await #expect(throws: AccessRefusal.tokenExpired) { try await verifier.verify(token) }
        let fresh = AccessTokenVerifier(state: world.state)
        await #expect(throws: AccessRefusal.tokenExpired) { try await fresh.verify(token) }
    }

    @Test("Clocks may differ by 30 s in the time of issue, not by more", arguments: [30, 31])
    func futureIssue(seconds: Int) async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let token = try await world.signer.sign(world.claims(issuedAgo: -Double(seconds)))
        if seconds <= 30 {
            _ = try await verifier.verify(token)
        } else {
            await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(token) }
        }
    }

    /// T12.
    @Test("A clock that jumps an hour forward and back refuses in between and not after")
    func clockJump() async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let token = try await world.token()
        world.clock.advance(by: .seconds(3_600))
        await #expect(throws: AccessRefusal.tokenExpired) { try await verifier.verify(token) }
        world.clock.advance(by: .seconds(-3_600))
        _ = try await verifier.verify(token)
        world.clock.advance(by: .seconds(-3_600))
        await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(token) }
    }

    /// T8, T10.
    @Test("A token changed in any bit, or written in another way, is refused")
    func spelling() async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let token = try await world.token()
        _ = try await verifier.verify(token)
        var spellings = [
            token + "=", token + "A", token + ".", "." + token, token + " ", " " + token,
            token + "\n", token.replacing(".", with: "..", maxReplacements: 1),
            String(token.dropLast()), "", ".", "..", "a.b.c",
        ]
        // The last character of a 64-byte signature holds two bits that mean nothing.
        let last = try #require(token.last)
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        where other != last {
            spellings.append(String(token.dropLast()) + String(other))
        }
        let bytes = Array(token.utf8)
        for index in stride(from: 0, to: bytes.count, by: 3) {
            var changed = bytes
            changed[index] =
                changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            spellings.append(String(decoding: changed, as: UTF8.self))
        }
        for spelling in spellings {
            await #expect(throws: AccessRefusal.tokenInvalid) {
                try await verifier.verify(spelling)
            }
        }
    }

    @Test("A signature with a scalar that is not reduced is refused")
    func malleability() async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let parts = try await world.token().split(separator: ".").map(String.init)
        var signature = try #require(Base64URL.decode(parts[2]))
        // S + L signs the same to a verifier that does not check (RFC 8032, section 5.1.7).
        let order: [UInt8] = [
            0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9,
            0xDE, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ]
        var carry = 0
        for index in 0..<32 {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            signature[32 + index] = UInt8(sum & 0xFF)
            carry = sum >> 8
        }
        let token = "\(parts[0]).\(parts[1]).\(Base64URL.encode(signature))"
        await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(token) }
    }

    @Test("A key of small order is not taken up, so it verifies nothing")
    func smallOrderKey() throws {
        let neutral = Data([1] + [UInt8](repeating: 0, count: 31))
        #expect(VerificationKey(SigningKey(id: "K", publicKey: neutral)) == nil)
        #expect(VerificationKey(SigningKey(id: "K", publicKey: Data([1, 2]))) == nil)
        let genuine = try TestKey().published(as: "K")
        #expect(VerificationKey(genuine) != nil)
        let long = SigningKey(id: String(repeating: "k", count: 65), publicKey: genuine.publicKey)
        #expect(VerificationKey(long) == nil)
    }

    @Test("What is longer than 2 KiB is not looked at", arguments: [2_049, 1_048_576])
    func length(byteCount: Int) async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let text = String(repeating: "A", count: byteCount)
        await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(text) }
    }

    /// T11.
    @Test("While keys change the old one counts until it is retired, also for remembered tokens")
    func rotation() async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let next = try await AccessTokenSigner(seed: SecretBytes(random: 32))
        let oldToken = try await world.token()
        let newToken = try await next.sign(world.claims())
        _ = try await verifier.verify(oldToken)
        await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(newToken) }
        world.state.apply(AccessEvent(position: 2, kind: .signingKey, signingKey: next.key))
        _ = try await verifier.verify(oldToken)
        _ = try await verifier.verify(newToken)
        world.state.apply(
            AccessEvent(position: 3, kind: .signingKeyRetired, signingKey: world.signer.key)
        )
        await #expect(throws: AccessRefusal.tokenInvalid) { try await verifier.verify(oldToken) }
        _ = try await verifier.verify(newToken)
    }

    @Test("A remembered token is refused once its session or its person is")
    func revocation() async throws {
        let world = try await AccessWorld()
        let verifier = AccessTokenVerifier(state: world.state)
        let token = try await world.token()
        _ = try await verifier.verify(token)
        world.grant(isActive: false)
        await #expect(throws: AccessRefusal.personInactive) { try await verifier.verify(token) }
        world.grant(isActive: true)
        _ = try await verifier.verify(token)
        world.revokeSession()
        await #expect(throws: AccessRefusal.sessionRevoked) { try await verifier.verify(token) }
    }

    @Test("The memory of verified tokens stays within its bound under any number of tokens")
    func cacheBound() async throws {
        let world = try await AccessWorld()
        let entry = VerifiedTokenCache.Entry(claims: world.claims(), keyID: "K")
        var cache = VerifiedTokenCache(limit: 4_096)
        let tokens = (0..<20_000).map { Fingerprint(of: "\($0)") }
        for token in tokens { cache.insert(entry, token) }
        #expect(cache.count <= 4_096)
        #expect(cache.entry(tokens[19_999]) != nil)
        #expect(cache.entry(tokens[0]) == nil)
        cache.remove(tokens[19_999])
        #expect(cache.entry(tokens[19_999]) == nil)
    }

    @Test("A remembered token that is used stays while others come and go")
    func cacheUse() async throws {
        let world = try await AccessWorld()
        let entry = VerifiedTokenCache.Entry(claims: world.claims(), keyID: "K")
        var cache = VerifiedTokenCache(limit: 100)
        let favourite = Fingerprint(of: "favourite")
        cache.insert(entry, favourite)
        for number in 0..<1_000 {
            cache.insert(entry, Fingerprint(of: "\(number)"))
            if number.isMultiple(of: 20) { #expect(cache.entry(favourite) != nil) }
        }
    }
}
