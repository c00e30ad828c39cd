import Testing

@testable import RPC

@Suite("Small values of the protocol")
struct ValueTests {
    @Test(
        "Addresses are read in three forms and refused otherwise",
        arguments: [
            ("/run/a.sock", RPCAddress.unix(path: "/run/a.sock")),
            ("unix:/run/a.sock", .unix(path: "/run/a.sock")),
            ("tcp:127.0.0.1:7000", .tcp(host: "127.0.0.1", port: 7000)),
            ("tcp:127.0.0.1:0", nil), ("tcp:127.0.0.1:65536", nil), ("tcp::1", nil),
            ("http://x", nil), ("", nil), ("unix:", nil),
        ] as [(String, RPCAddress?)])
    func address(text: String, expected: RPCAddress?) {
        #expect(RPCAddress(text) == expected)
    }

    @Test(
        "A traceparent is read by the rules of W3C Trace Context",
        arguments: [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later", true),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false), ("", false),
        ])
    func traceparent(text: String, isValid: Bool) {
        #expect((TraceContext(traceparent: text) != nil) == isValid)
    }

    @Test("A trace survives being written and read, and a child keeps its trace")
    func traceRoundTrip() throws {
        let trace = TraceContext()
        #expect(TraceContext(traceparent: trace.traceparent) == trace)
        #expect(trace.child().traceID == trace.traceID)
        #expect(trace.child().spanID != trace.spanID)
    }

    @Test(
        "Method names are short and plain",
        arguments: [
            ("identity.SignIn", true), ("a", true), ("", false), ("a b", false), ("a\n", false),
            (String(repeating: "a", count: 128), true), (String(repeating: "a", count: 129), false),
        ])
    func methodName(name: String, isValid: Bool) {
        #expect(OpenMetadata.isMethodName(name) == isValid)
    }

    @Test(
        "An error survives the wire with its retry advice",
        arguments: [
            RetryAdvice.never, .notProcessed, .after(.milliseconds(1_500)), .ifRepeatable,
        ])
    func status(retry: RetryAdvice) {
        let error = RPCError(
            .aborted, reason: "a.b", message: "m", retry: retry, details: ["k": "v"])
        #expect(StatusMetadata(error).error == error)
        #expect(StatusMetadata.success.error == nil)
    }

    @Test(
        "Only calls that may be repeated are retried",
        arguments: [
            (Repeatability.readOnly, false, RetryAdvice.ifRepeatable, true),
            (.idempotent, false, .ifRepeatable, true),
            (.withKey, true, .ifRepeatable, true), (.withKey, false, .ifRepeatable, false),
            (.never, true, .ifRepeatable, false), (.never, false, .notProcessed, true),
            (.readOnly, false, .never, false),
        ])
    func retries(
        repeatability: Repeatability, hasKey: Bool, advice: RetryAdvice, isRetried: Bool
    ) {
        let contract = MethodContract(
            "a.B", documentation: "", access: .anyone, repeatability: repeatability)
        var policy = RetryPolicy(contract, hasIdempotencyKey: hasKey)
        let error = RPCError(.unavailable, reason: "x", message: "", retry: advice)
        let delay = policy.delay(after: error)
        #expect((delay != nil) == isRetried)
    }

    @Test("What was not processed is sent again to the end only by who knew the service before")
    func comingBack() {
        let contract = MethodContract(
            "a.B", documentation: "", access: .anyone, repeatability: .readOnly)
        func attempts(_ advice: RetryAdvice, mayComeBack: Bool) -> Int {
            var policy = RetryPolicy(contract, hasIdempotencyKey: false)
            let error = RPCError(.unavailable, reason: "x", message: "", retry: advice)
            var longest = Duration.zero
            while policy.attempt < 100,
                let delay = policy.delay(after: error, mayComeBack: mayComeBack)
            { longest = max(longest, delay) }
            #expect(longest <= .milliseconds(1_280))
            return policy.attempt
        }
        #expect(attempts(.notProcessed, mayComeBack: true) == 100)
        #expect(attempts(.notProcessed, mayComeBack: false) == 7)
        #expect(attempts(.ifRepeatable, mayComeBack: true) == 7)
    }

    @Test("A JSON value crosses the wire as it is, nulls included")
    func jsonValue() throws {
        let value = JSONValue.object([
            "nothing": .null, "list": .array([.null, .integer(1), .number(0.5), .object([:])]),
            "text": .string("é"), "yes": .boolean(true),
        ])
        let encoded = try RPCClient.encode(value)
        #expect(try RPCClient.decode(JSONValue.self, from: encoded) == value)
    }

    @Test("A whole number beyond 64 bits with a sign is a number, and what JSON lacks is refused")
    func jsonValueBounds() throws {
        let large = try RPCClient.encode(UInt64.max - 2_047)
        let read = try RPCClient.decode(JSONValue.self, from: large)
        #expect(read == .number(18_446_744_073_709_549_568))
        let bytes: [UInt8] = [1]
        for foreign in [try RPCClient.encode(bytes), try RPCClient.encode(Double.infinity)] {
            #expect(throws: RPCError.self) {
                try RPCClient.decode(JSONValue.self, from: foreign)
            }
        }
    }

    @Test("Access rules read as words")
    func accessRules() {
        let rule = AccessRule.all([
            .peers(["vault", "tools"]), .any([.signedIn, .permission("a:b")]),
        ])
        #expect("\(rule)" == "peer vault or tools and (signed in or permission a:b)")
    }
}
