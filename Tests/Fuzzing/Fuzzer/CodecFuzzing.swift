import Foundation
import NIOCore
import Wire

/// Inputs for the codec: a byte with options, and CBOR or JSON.
enum CodecFuzzing {
    /// A type with every kind of field and container.
    struct Everything: Codable, Equatable {
        enum Part: Codable, Equatable {
            case text(String)
            case image(url: String, width: Int)
            case nothing
        }
        enum Role: String, Codable { case user, assistant }

        var id: UUID?
        var at: Date?
        var price: Decimal?
        var data: Data?
        var bytes: [UInt8]?
        var role: Role?
        var parts: [Part]?
        var next: [Everything]?
        var table: [String: [Int: [UUID: Double]]]?
        var numbers: [Int16]?
        var small: Float?
        var flags: Set<Bool>?
        var value: CBORValue?
    }

    static func run(_ input: inout FuzzInput) {
        let options = input.byte()
        let bytes = input.remaining()
        let limits = options & 1 == 0 ? CBORLimits.standard : CBORLimits(depth: 8, itemCount: 64)
        if options & 2 != 0 { return self.checkJSON(Array(bytes.readableBytesView), limits) }
        self.checkValue(bytes, limits)
        self.checkTyped(
            bytes, CBORDecoder(limits: limits, unknownFields: options & 4 == 0 ? .ignore : .reject))
    }

    // MARK: Without a type

    private static func checkValue(_ bytes: ByteBuffer, _ limits: CBORLimits) {
        let value = self.read { try CBORValue(decoding: bytes, limits: limits) }
        let decoded = self.read {
            try CBORDecoder(limits: limits).decode(CBORValue.self, from: bytes)
        }
        guard value == decoded else { found("the two ways to read a value differ") }
        guard let value else { return }
        let sorted = value.encoded(deterministic: true)
        for written in [value.encoded(), sorted] {
            guard let again = self.read({ try CBORValue(decoding: written, limits: limits) }),
                again.encoded(deterministic: true) == sorted
            else { found("\(value.diagnostic) does not come back") }
        }
        if self.read({ try CBORValue(decoding: value.encoded(), limits: limits) }) != value {
            found("\(value.diagnostic) comes back as another value")
        }
        self.checkShown(value, limits)
    }

    /// JSON that was written from what JSON can say is read as the same.
    private static func checkShown(_ value: CBORValue, _ limits: CBORLimits) {
        guard let first = self.read({ try CBORValue(json: value.json(), limits: limits) }) else {
            // Keys that differ in kind alone, or numbers of more digits than CBOR's integers.
            return
        }
        guard let second = self.read({ try CBORValue(json: first.json(pretty: true)) }),
            second == first
        else { found("\(first.json()) does not come back") }
    }

    private static func checkJSON(_ text: [UInt8], _ limits: CBORLimits) {
        guard let value = self.read({ try CBORValue(json: text, limits: limits) }) else { return }
        guard let again = self.read({ try CBORValue(json: value.json(), limits: limits) }),
            again == value
        else { found("\(value.json()) does not come back") }
        self.checkValue(value.encoded(), limits)
    }

    // MARK: With a type

    private static func checkTyped(_ bytes: ByteBuffer, _ decoder: CBORDecoder) {
        guard let value = self.read({ try decoder.decode(Everything.self, from: bytes) }) else {
            return
        }
        do {
            let sorted = CBOREncoder(deterministic: true)
            let written = try sorted.encode(value)
            let again = try CBORDecoder(unknownFields: .reject).decode(
                Everything.self, from: written)
            guard try sorted.encode(again) == written else { found("\(value) does not come back") }
            let plain = try CBOREncoder().encode(value)
            guard try sorted.encode(CBORDecoder().decode(Everything.self, from: plain)) == written
            else { found("\(value) does not come back unsorted") }
        } catch {
            found("\(value) was read and cannot be written: \(error)")
        }
    }

    /// What is read, or `nil` for what is refused.
    private static func read<T>(_ body: () throws -> T) -> T? {
        do {
            return try body()
        } catch let error as CBORError {
            _ = error.description
            return nil
        } catch {
            found("\(error) is no error of the codec")
        }
    }
}
