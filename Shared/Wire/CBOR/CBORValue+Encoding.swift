package import NIOCore

extension CBORValue {
    /// Reads the one item that fills the buffer's readable bytes.
    ///
    /// Throws `CBORError`.
    package init(decoding buffer: ByteBuffer, limits: CBORLimits = .standard) throws {
        self = try buffer.withUnsafeReadableBytes { bytes in
            var scan = InputScan()
            try scan.run(bytes, limits: limits)
            var offset = 0
            return try CBORValue(reading: ItemReader(bytes: bytes), at: &offset)
        }
    }

    /// The value's bytes; maps are sorted by their encoded keys when `deterministic`, and stand in
    /// their own order otherwise.
    ///
    /// A map built with a key twice is written as it is, and refused by every reader.
    package func encoded(deterministic: Bool = false) -> ByteBuffer {
        var output = ItemWriter()
        write(to: &output, deterministic: deterministic)
        return output.buffer
    }

    /// Reads the item at an offset of bytes that were scanned, and moves the offset to its end.
    init(reading reader: ItemReader, at offset: inout Int) throws(CBORError) {
        let head = try reader.head(at: offset)
        offset = head.end
        switch head.major {
        case MajorType.unsigned: self = .unsigned(head.argument)
        case MajorType.negative: self = .negative(head.argument)
        case MajorType.bytes:
            let content = try reader.content(of: head)
            offset += content.count
            self = .bytes([UInt8](content))
        case MajorType.text:
            let content = try reader.content(of: head)
            offset += content.count
            self = .text(String(decoding: content, as: UTF8.self))
        case MajorType.array:
            var items: [CBORValue] = []
            // Never more than the bytes that are left: the scan has compared them.
            items.reserveCapacity(min(Int(clamping: head.argument), reader.bytes.count))
            for _ in 0..<head.argument {
                items.append(try CBORValue(reading: reader, at: &offset))
            }
            self = .array(items)
        case MajorType.map:
            var pairs: [CBORPair] = []
            pairs.reserveCapacity(min(Int(clamping: head.argument), reader.bytes.count / 2))
            for _ in 0..<head.argument {
                let key = try CBORValue(reading: reader, at: &offset)
                pairs.append(CBORPair(key, try CBORValue(reading: reader, at: &offset)))
            }
            self = .map(pairs)
        case MajorType.tag:
            self = .tagged(head.argument, try CBORValue(reading: reader, at: &offset))
        default:
            switch head.initialByte {
            case InitialByte.false: self = .bool(false)
            case InitialByte.true: self = .bool(true)
            case InitialByte.null: self = .null
            default: self = .float(reader.float(head) ?? .nan)
            }
        }
    }

    func write(to output: inout ItemWriter, deterministic: Bool) {
        switch self {
        case .unsigned(let number): output.writeHead(MajorType.unsigned, number)
        case .negative(let number): output.writeHead(MajorType.negative, number)
        case .bytes(let bytes): bytes.withUnsafeBytes { output.writeByteString($0) }
        case .text(let text): output.writeText(text)
        case .array(let items):
            output.writeHead(MajorType.array, UInt64(items.count))
            for item in items { item.write(to: &output, deterministic: deterministic) }
        case .map(let pairs):
            output.writeHead(MajorType.map, UInt64(pairs.count))
            var starts: [Int] = []
            for pair in pairs {
                if deterministic { starts.append(output.count) }
                pair.key.write(to: &output, deterministic: deterministic)
                pair.value.write(to: &output, deterministic: deterministic)
            }
            if starts.count > 1 { output.sortItems(beginningAt: starts) }
        case .tagged(let tag, let item):
            output.writeHead(MajorType.tag, tag)
            item.write(to: &output, deterministic: deterministic)
        case .bool(let value): output.writeBool(value)
        case .null: output.writeNull()
        case .float(let number): output.writeFloat(number)
        }
    }

    /// How many bytes a float takes: 3, 5 or 9.
    static func byteCount(ofFloat number: Double) -> Int {
        if number.isNaN { return 3 }
        let single = Float(number)
        guard Double(single) == number else { return 9 }
        return Float(Float16(single)) == single ? 3 : 5
    }
}
