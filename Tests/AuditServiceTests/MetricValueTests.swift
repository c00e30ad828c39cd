import AuditAPI
import Foundation
import RPC
import RPCTestSupport
import Testing

@testable import AuditService

/// Figures of the business.
@Suite struct MetricValueTests {
    private let moment = Date(timeIntervalSince1970: 1_790_000_000)

    @Test func `every field of a figure comes back`() async throws {
        let sink = try await TestSink(try await TestLog())
        let request = PutMetric(
            name: "orders completed", category: "sales", value: 1_234.56, period: "2026-11",
            userID: Somebody.ann, recordedAt: self.moment,
            metadata: ["currency": .string("EUR"), "parts": .array([.integer(1), .null])],
            idempotencyKey: "k")
        let put = try await sink.values.put(request, .call("audit.PutMetric"))
        #expect(put.name == request.name)
        #expect(put.category == request.category)
        #expect(put.value == request.value)
        #expect(put.period == request.period)
        #expect(put.userID == request.userID)
        #expect(put.recordedAt == request.recordedAt)
        #expect(put.recordedBy == Somebody.officer)
        #expect(put.metadata == request.metadata)
        #expect(try await sink.values.put(request, .call("audit.PutMetric")) == put)
        #expect(try await sink.values.list(ListMetricValues(), .call()).values == [put])
        let plain = try await sink.values.put(
            PutMetric(name: "n", category: "c", value: -0.1), .call("audit.PutMetric", key: "l"))
        #expect(plain.period == "daily")
        #expect(plain.metadata == [:])
        #expect(abs(plain.recordedAt.timeIntervalSinceNow) < 60)
        #expect(plain.value == -0.1)
        await sink.stop()
    }

    @Test(arguments: [0, 1e-30, 1e39, -9.99e39, 0.1, 123_456_789_012_345])
    func `a figure keeps its value`(value: Double) async throws {
        let sink = try await TestSink(try await TestLog())
        let put = try await sink.values.put(
            PutMetric(name: "n", category: "c", value: value),
            .call("audit.PutMetric", key: "k"))
        #expect(put.value == value)
        await sink.stop()
    }

    @Test func `figures are found by each field, a page at a time`() async throws {
        let sink = try await TestSink(try await TestLog())
        for number in 0..<6 {
            _ = try await sink.values.put(
                PutMetric(
                    name: "n\(number % 2)", category: "c\(number % 3)", value: Double(number),
                    period: number < 3 ? "daily" : "2026-11",
                    userID: number == 4 ? Somebody.bob : nil,
                    recordedAt: self.moment + Double(number / 2)),
                .call("audit.PutMetric", key: "\(number)"))
        }
        func found(_ request: ListMetricValues) async throws -> [Double] {
            try await sink.values.list(request, .call()).values.map(\.value)
        }
        #expect(try await found(ListMetricValues(name: "n1")) == [5, 3, 1])
        #expect(try await found(ListMetricValues(category: "c2")) == [5, 2])
        #expect(try await found(ListMetricValues(period: "2026-11")) == [5, 4, 3])
        #expect(try await found(ListMetricValues(userID: Somebody.bob)) == [4])
        #expect(
            try await found(ListMetricValues(from: self.moment + 1, to: self.moment + 2))
                == [3, 2])
        var pages: [Double] = []
        var token: String?
        repeat {
            let page = try await sink.values.list(
                ListMetricValues(pageSize: 4, pageToken: token), .call())
            pages += page.values.map(\.value)
            token = page.nextPageToken
        } while token != nil
        #expect(pages == [5, 4, 3, 2, 1, 0])
        await sink.stop()
    }

    @Test func `fields beyond the bounds are refused`() async throws {
        let sink = try await TestSink(try await TestLog())
        var deep = JSONValue.null
        for _ in 1...9 { deep = .array([deep]) }
        for request in [
            PutMetric(name: "", category: "c", value: 1),
            PutMetric(name: "n", category: "", value: 1),
            PutMetric(name: String(repeating: "n", count: 101), category: "c", value: 1),
            PutMetric(name: "n", category: String(repeating: "c", count: 51), value: 1),
            PutMetric(
                name: "n", category: "c", value: 1, period: String(repeating: "p", count: 21)),
            PutMetric(name: "n", category: "c", value: .nan),
            PutMetric(name: "n", category: "c", value: 1e40),
            PutMetric(name: "n\0", category: "c", value: 1),
            PutMetric(name: "n", category: "c", value: 1, metadata: ["a": deep]),
            PutMetric(name: "n", category: "c", value: 1, metadata: ["a": .string("\0")]),
            PutMetric(
                name: "n", category: "c", value: 1,
                metadata: ["a": .string(String(repeating: "x", count: 16_384))]),
            PutMetric(
                name: "n", category: "c", value: 1,
                recordedAt: Date(timeIntervalSince1970: -1)),
        ] {
            #expect(
                await refusal {
                    try await sink.values.put(request, .call("audit.PutMetric", key: "k"))
                } == "audit.field_invalid")
        }
        for token in ["x", "AQ", "AQABMQABMQ"] {
            #expect(
                await refusal {
                    try await sink.values.list(ListMetricValues(pageToken: token), .call())
                } != nil)
        }
        await sink.stop()
    }

    @Test func `what is about a person goes with the person`() async throws {
        let sink = try await TestSink(try await TestLog())
        for (key, person) in [("a", Somebody.ann), ("b", Somebody.bob)] {
            _ = try await sink.values.put(
                PutMetric(name: "n", category: "c", value: 1, userID: person),
                .call("audit.PutMetric", key: key))
        }
        _ = try await sink.erasures.erase(
            ErasePayloads(userID: Somebody.ann, basis: "b", reason: "r"),
            .call("audit.ErasePayloads", key: "e"))
        try await sink.work.eraseWhatIsDue()
        let left = try await sink.values.list(ListMetricValues(), .call()).values
        #expect(left.map(\.userID) == [Somebody.bob])
        await sink.stop()
    }
}
