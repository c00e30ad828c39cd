internal import Glibc

/// An IPv4 or IPv6 address with the length of its network prefix: PostgreSQL's `inet`.
package struct InternetAddress: Hashable, Sendable {
    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]

    /// Leading bits that name the network: 0…32 or 0…128.
    package let prefixLength: Int

    /// An address from its bytes.
    ///
    /// - Returns: `nil` unless there are 4 or 16 bytes and the prefix fits them.
    package init?(bytes: [UInt8], prefixLength: Int? = nil) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let prefixLength = prefixLength ?? bytes.count * 8
        guard (0...bytes.count * 8).contains(prefixLength) else { return nil }
        self.bytes = bytes
        self.prefixLength = prefixLength
    }

    /// An address from "192.0.2.7", "2001:db8::1" or either with "/prefix".
    ///
    /// - Returns: `nil` when the text is neither.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.map(String.init), !address.utf8.contains(0) else {
            return nil
        }
        let isIPv6 = address.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        // Safe because the buffer has the size of the address family.
        guard unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, address, &bytes) == 1 else {
            return nil
        }
        var prefixLength: Int?
        if parts.count == 2 {
            guard let length = Int(parts[1]), !parts[1].hasPrefix("+") else { return nil }
            prefixLength = length
        }
        self.init(bytes: bytes, prefixLength: prefixLength)
    }

    /// Whether this is an IPv6 address.
    package var isIPv6: Bool { self.bytes.count == 16 }
}

extension InternetAddress: CustomStringConvertible {
    /// The address as text, with its prefix unless that covers the whole address.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        // Safe because the buffer has the size the function is told; null means it was too small.
        guard
            unsafe inet_ntop(
                self.isIPv6 ? AF_INET6 : AF_INET,
                self.bytes,
                &text,
                socklen_t(text.count)
            ) != nil
        else {
            return "(invalid address)"
        }
        let address = String(
            decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        return self.prefixLength == self.bytes.count * 8
            ? address : "\(address)/\(self.prefixLength)"
    }
}

extension InternetAddress: SQLValue, SQLArrayElement {
    /// PostgreSQL's own numbers for the two families, the same on every platform.
    private static let familyIPv4: UInt8 = 2
    private static let familyIPv6: UInt8 = 3

    package static var parameterType: PostgresType { .inet }
    package static var elementType: PostgresType { .inet }
    package static var arrayType: PostgresType { .inetArray }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        bytes.append(self.isIPv6 ? Self.familyIPv6 : Self.familyIPv4)
        bytes.append(UInt8(self.prefixLength))
        bytes.append(0)
        bytes.append(UInt8(self.bytes.count))
        bytes.append(contentsOf: self.bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> InternetAddress {
        guard type == .inet || type == .cidr else { throw .typeMismatch }
        guard bytes.count >= 4, bytes.count == 4 + Int(bytes[3]) else {
            throw .unrepresentable("the address ends early")
        }
        var address: [UInt8] = []
        for index in 4..<bytes.count {
            address.append(bytes[index])
        }
        guard let value = InternetAddress(bytes: address, prefixLength: Int(bytes[1])) else {
            throw .unrepresentable("the address is neither IPv4 nor IPv6")
        }
        return value
    }
}
