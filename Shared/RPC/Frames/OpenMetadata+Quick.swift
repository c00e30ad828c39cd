import NIOCore

/// The metadata of OPEN comes with every call: the way it is nearly always written is read and
/// written here without the codec's machinery, and everything else is left to the codec.
extension OpenMetadata {
    /// Each field's key in the order of declaration, as the codec writes it.
    private static let keys: [[UInt8]] = [
        "method", "timeout", "token", "idempotencyKey", "attempt", "trace",
    ].map { [Major.text | UInt8($0.utf8.count)] + Array($0.utf8) }

    private enum Major {
        static let unsigned: UInt8 = 0 << 5
        static let text: UInt8 = 3 << 5
        static let map: UInt8 = 5 << 5
    }

    // MARK: Writing

    /// What the codec writes for this; `nil` where only the codec can.
    func encodedQuickly() -> ByteBuffer? {
        guard self.values == nil else { return nil }
        let texts = [self.token, self.idempotencyKey, self.trace]
        var bytes = ByteBufferAllocator().buffer(
            capacity: 96 + self.method.utf8.count + texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) })
        let count =
            1 + (self.timeout == nil ? 0 : 1) + (self.attempt == nil ? 0 : 1)
            + texts.count { $0 != nil }
        bytes.writeInteger(Major.map | UInt8(count))
        Self.write(0, self.method, to: &bytes)
        Self.write(1, self.timeout, to: &bytes)
        Self.write(2, self.token, to: &bytes)
        Self.write(3, self.idempotencyKey, to: &bytes)
        Self.write(4, self.attempt.map(UInt64.init), to: &bytes)
        Self.write(5, self.trace, to: &bytes)
        return bytes
    }

    private static func write(_ key: Int, _ text: String?, to bytes: inout ByteBuffer) {
        guard let text else { return }
        bytes.writeBytes(self.keys[key])
        self.writeHead(Major.text, UInt64(text.utf8.count), to: &bytes)
        bytes.writeString(text)
    }

    private static func write(_ key: Int, _ number: UInt64?, to bytes: inout ByteBuffer) {
        guard let number else { return }
        bytes.writeBytes(self.keys[key])
        self.writeHead(Major.unsigned, number, to: &bytes)
    }

    private static func writeHead(_ major: UInt8, _ argument: UInt64, to bytes: inout ByteBuffer) {
        switch argument {
        case ..<24: bytes.writeInteger(major | UInt8(argument))
        case ...0xFF: bytes.writeMultipleIntegers(major | 24, UInt8(argument))
        case ...0xFFFF: bytes.writeMultipleIntegers(major | 25, UInt16(argument))
        case ...0xFFFF_FFFF: bytes.writeMultipleIntegers(major | 26, UInt32(argument))
        default: bytes.writeMultipleIntegers(major | 27, argument)
        }
    }

    // MARK: Reading

    /// Reads what is written with known fields in the order of declaration; `nil` for anything
    /// else, which may be right or wrong.
    ///
    /// In that order no key can come twice, and all that has to be checked is checked at once.
    init?(quickly buffer: ByteBuffer) {
        let bytes = buffer.readableBytesUInt8Span
        var index = 0
        guard let count = Self.head(Major.map, bytes, &index), count <= UInt64(Self.keys.count)
        else { return nil }
        var method: String?
        var key = 0
        for _ in 0..<count {
            while key < Self.keys.count, !Self.takes(Self.keys[key], bytes, &index) { key += 1 }
            switch key {
            case 1, 4:
                guard let number = Self.head(Major.unsigned, bytes, &index) else { return nil }
                if key == 1 {
                    self.timeout = number
                } else {
                    guard let attempt = UInt32(exactly: number) else { return nil }
                    self.attempt = attempt
                }
            default:
                guard key < Self.keys.count, let text = Self.text(bytes, &index) else {
                    return nil
                }
                switch key {
                case 0: method = text
                case 2: self.token = text
                case 3: self.idempotencyKey = text
                default: self.trace = text
                }
            }
            key += 1
        }
        guard let method, index == bytes.count else { return nil }
        self.method = method
    }

    /// Goes beyond a key if it comes next.
    private static func takes(
        _ key: [UInt8], _ bytes: borrowing Span<UInt8>, _ index: inout Int
    ) -> Bool {
        guard bytes.count - index >= key.count else { return false }
        for offset in key.indices where bytes[index + offset] != key[offset] { return false }
        index += key.count
        return true
    }

    /// The argument of an item of one kind; `nil` for another, and at the end.
    private static func head(
        _ major: UInt8, _ bytes: borrowing Span<UInt8>, _ index: inout Int
    ) -> UInt64? {
        guard index < bytes.count, bytes[index] & 0xE0 == major else { return nil }
        let info = bytes[index] & 0x1F
        guard info >= 24 else {
            index += 1
            return UInt64(info)
        }
        guard info < 28 else { return nil }
        let byteCount = 1 << Int(info - 24)
        guard bytes.count - index > byteCount else { return nil }
        var argument: UInt64 = 0
        for offset in 1...byteCount { argument = argument << 8 | UInt64(bytes[index + offset]) }
        index += 1 + byteCount
        return argument
    }

    private static func text(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> String? {
        guard let byteCount = self.head(Major.text, bytes, &index),
            byteCount <= UInt64(bytes.count - index)
        else { return nil }
        let end = index + Int(byteCount)
        // What is no UTF-8 is refused with its place by the codec.
        guard let text = try? UTF8Span(validating: bytes.extracting(index..<end)) else {
            return nil
        }
        index = end
        return String(copying: text)
    }
}
