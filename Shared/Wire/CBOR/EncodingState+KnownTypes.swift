import FoundationEssentials
import NIOCore

extension EncodingState {
    /// Writes a value of a type whose form the codec decides, and returns whether it was one.
    ///
    /// The types are told by comparing metatypes, which costs a nanosecond each; size tells most
    /// other types from them at once.
    @inline(__always)
    func writeKnown<T>(_ value: T) throws -> Bool {
        guard KnownTypeSize.range.contains(MemoryLayout<T>.size) else { return false }
        if T.self == String.self {
            output.writeText(rebind(value, to: String.self))
        } else if T.self == Data.self {
            rebind(value, to: Data.self).withUnsafeBytes { output.writeByteString($0) }
        } else if T.self == Int.self {
            output.writeSigned(Int64(rebind(value, to: Int.self)))
        } else if T.self == Int64.self {
            output.writeSigned(rebind(value, to: Int64.self))
        } else if T.self == Double.self {
            output.writeFloat(rebind(value, to: Double.self))
        } else {
            return try writeRarer(value)
        }
        return true
    }

    @inline(__always)
    func writeDate(_ date: Date) throws {
        guard output.writeDate(date) else { throw mistake("a date that is not a finite number") }
    }

    @inline(never)
    private func writeRarer<T>(_ value: T) throws -> Bool {
        if T.self == [UInt8].self {
            rebind(value, to: [UInt8].self).withUnsafeBytes { output.writeByteString($0) }
        } else if T.self == [UUID].self {
            let ids = rebind(value, to: [UUID].self)
            output.writeHead(MajorType.array, UInt64(ids.count))
            for id in ids { output.writeUUID(id) }
        } else if T.self == [Int].self {
            let numbers = rebind(value, to: [Int].self)
            output.writeHead(MajorType.array, UInt64(numbers.count))
            for number in numbers { output.writeSigned(Int64(number)) }
        } else if T.self == [Double].self {
            let numbers = rebind(value, to: [Double].self)
            output.writeHead(MajorType.array, UInt64(numbers.count))
            for number in numbers { output.writeFloat(number) }
        } else if T.self == [Float].self {
            let numbers = rebind(value, to: [Float].self)
            output.writeHead(MajorType.array, UInt64(numbers.count))
            for number in numbers { output.writeFloat(Double(number)) }
        } else if T.self == CBORValue.self {
            rebind(value, to: CBORValue.self).write(to: &output, deterministic: isDeterministic)
        } else if T.self == ByteBuffer.self {
            rebind(value, to: ByteBuffer.self).withUnsafeReadableBytes {
                output.writeByteString($0)
            }
        } else if T.self == Decimal.self {
            guard output.writeDecimal(rebind(value, to: Decimal.self)) else {
                throw mistake("a decimal that is not a number")
            }
        } else {
            return false
        }
        return true
    }
}
