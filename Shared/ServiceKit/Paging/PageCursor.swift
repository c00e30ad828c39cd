package import RPC
internal import Sodium

/// Where a page ends, as an opaque text that the caller hands back to get the next one.
///
/// Holds the keyset: the sort keys of the last row, in order, as texts.  It is not secret and not
/// signed: a forged one shows what a different question would have shown, no more.
package struct PageCursor: Sendable, Hashable {
    /// The longest cursor that is read, in characters.
    package static let characterCountLimit = 2_048
    /// The first byte: the version of the form.
    private static let version: UInt8 = 1

    /// The sort keys of the last row on the page.
    package let parts: [String]

    /// Makes a cursor from sort keys, each at most 65,535 bytes.
    package init(_ parts: [String]) { self.parts = parts }

    /// Reads a cursor that a caller sent.
    ///
    /// - Parameters:
    ///   - text: what the caller sent.
    ///   - partCount: how many sort keys the method's cursors have.
    /// - Throws: `invalid_argument` with the reason `rpc.cursor_invalid` for anything that is not
    ///   a cursor of this many parts.
    package init(_ text: String, partCount: Int) throws(RPCError) {
        guard text.utf8.count <= Self.characterCountLimit,
            let bytes = Base64URL.decode(text), let parts = Self.parts(bytes),
            parts.count == partCount
        else {
            throw RPCError(
                .invalidArgument, reason: "rpc.cursor_invalid",
                message: "The page cursor is not one that this method gave out.")
        }
        self.parts = parts
    }

    /// The text for the caller.
    package var text: String {
        var bytes = [Self.version]
        for part in self.parts {
            let content = part.utf8.prefix(Int(UInt16.max))
            bytes += [UInt8(content.count >> 8), UInt8(content.count & 0xFF)]
            bytes += content
        }
        return Base64URL.encode(bytes)
    }

    private static func parts(_ bytes: [UInt8]) -> [String]? {
        guard bytes.first == Self.version else { return nil }
        var rest = bytes.dropFirst()
        var parts: [String] = []
        while let high = rest.popFirst() {
            guard let low = rest.popFirst() else { return nil }
            let count = Int(high) << 8 | Int(low)
            guard rest.count >= count,
                let part = String(validating: rest.prefix(count), as: UTF8.self)
            else { return nil }
            parts.append(part)
            rest = rest.dropFirst(count)
        }
        return parts
    }
}
