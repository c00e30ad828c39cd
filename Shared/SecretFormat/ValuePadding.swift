internal import Sodium

/// The lengths that values are padded to, so that a ciphertext's length tells little: 64, 256 and
/// 1,024 bytes, and multiples of 4,096 beyond.
enum ValuePadding {
    private static let blocks = [64, 256, 1_024]
    private static let largestBlock = 4_096

    /// The length of which a value is padded to a multiple.
    static func block(of byteCount: Int) -> Int {
        Self.blocks.first { byteCount < $0 } ?? Self.largestBlock
    }

    /// How long a value is once it is padded.
    static func paddedByteCount(_ byteCount: Int) -> Int {
        let block = Self.block(of: byteCount)
        return (byteCount / block + 1) * block
    }

    /// The same, of a value that is padded already; `nil` for a length that no padding gives.
    static func block(ofPadded byteCount: Int) -> Int? {
        if Self.blocks.contains(byteCount) { return byteCount }
        return byteCount > 0 && byteCount % Self.largestBlock == 0 ? Self.largestBlock : nil
    }

    /// The value within a padded one.
    ///
    /// - Throws: ``SecretFormatError/broken`` unless it was padded in the one way there is.
    static func removed(from padded: borrowing SecretBytes) throws -> SecretBytes {
        guard let block = Self.block(ofPadded: padded.count) else {
            throw SecretFormatError.broken
        }
        let value: SecretBytes
        do {
            value = try padded.unpadded(fromMultipleOf: block)
        } catch SodiumError.paddingBroken {
            throw SecretFormatError.broken
        }
        guard Self.paddedByteCount(value.count) == padded.count else {
            throw SecretFormatError.broken
        }
        return value
    }
}
