import NIOCore
import Wire

@testable import RPC

/// Inputs for metadata: a byte that names its kind, and the metadata.
enum MetadataFuzzing {
    static func run(_ input: inout FuzzInput) {
        let kind = input.byte()
        let bytes = input.remaining()
        switch kind % 4 {
        case 0:
            self.checkQuickReading(of: bytes)
            if let open: OpenMetadata = self.roundTrip(bytes) { self.checkQuickWriting(of: open) }
        case 1:
            guard let status: StatusMetadata = self.roundTrip(bytes) else { return }
            // Read as an error and told on, it stays what it is.
            guard let error = status.error else { return }
            if StatusMetadata(error).error?.code != error.code { found("another code") }
            self.checkWriting(of: StatusMetadata(error))
        case 2:
            let _: GoAwayMetadata? = self.roundTrip(bytes)
        default:
            guard let settings: HandshakeSettings = self.roundTrip(bytes) else { return }
            if settings.isUsable, settings.minimumVersion > settings.maximumVersion {
                found("versions that are no range")
            }
        }
    }

    /// What is read is written and read as the same; `nil` for what is refused.
    static func roundTrip<T: Codable & Equatable>(_ bytes: ByteBuffer) -> T? {
        do {
            let value = try CBORDecoder().decode(T.self, from: bytes)
            self.checkWriting(of: value)
            return value
        } catch is CBORError {
            return nil
        } catch {
            found("\(error) is no error of the codec")
        }
    }

    private static func checkWriting<T: Codable & Equatable>(of value: T) {
        do {
            let plain = try CBOREncoder().encode(value)
            let sorted = try CBOREncoder(deterministic: true).encode(value)
            for written in [plain, sorted] {
                let again = try CBORDecoder(unknownFields: .reject).decode(T.self, from: written)
                // By bytes too, since texts may be equal and yet differ in their scalars.
                guard again == value,
                    try CBOREncoder(deterministic: true).encode(again) == sorted
                else { found("\(value) came back as \(again)") }
            }
        } catch {
            found("\(value) was read and cannot be written: \(error)")
        }
    }

    private static func checkQuickReading(of bytes: ByteBuffer) {
        guard let quick = OpenMetadata(quickly: bytes) else { return }
        do {
            let open = try CBORDecoder().decode(OpenMetadata.self, from: bytes)
            let sorted = CBOREncoder(deterministic: true)
            guard open == quick, try sorted.encode(open) == sorted.encode(quick) else {
                found("quickly \(quick), by the codec \(open)")
            }
        } catch {
            found("read quickly, and refused by the codec: \(error)")
        }
    }

    private static func checkQuickWriting(of open: OpenMetadata) {
        guard let quick = open.encodedQuickly() else { return }
        guard let bytes = try? CBOREncoder().encode(open), quick == bytes else {
            found("\(open) is written quickly otherwise than by the codec")
        }
    }
}
