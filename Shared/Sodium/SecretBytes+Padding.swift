internal import CSodium

extension SecretBytes {
    /// The secret with at least one byte added, up to a multiple of a length
    /// (ISO/IEC 7816-4: 0x80, then zeros).
    ///
    /// - Parameter blockByteCount: 1 or more.
    package borrowing func padded(toMultipleOf blockByteCount: Int) throws -> SecretBytes {
        precondition(blockByteCount >= 1, "a block has at least one byte")
        let count = (self.count / blockByteCount + 1) * blockByteCount
        return try unsafe self.withUnsafeBytes { secret in
            try unsafe SecretBytes(count: count) { buffer in
                unsafe buffer.copyMemory(from: secret)
                var paddedCount = 0
                guard let base = buffer.baseAddress,
                    unsafe sodium_pad(
                        &paddedCount, base, secret.count, blockByteCount, count) == 0,
                    paddedCount == count
                else { throw SodiumError.paddingBroken }
            }
        }
    }

    /// The secret as it was before it was padded.
    ///
    /// - Throws: ``SodiumError/paddingBroken`` if it was not padded to a multiple of that length.
    package borrowing func unpadded(fromMultipleOf blockByteCount: Int) throws -> SecretBytes {
        precondition(blockByteCount >= 1, "a block has at least one byte")
        return try unsafe self.withUnsafeBytes { padded in
            var count = 0
            guard let base = padded.baseAddress, padded.count > 0,
                padded.count % blockByteCount == 0,
                unsafe sodium_unpad(&count, base, padded.count, blockByteCount) == 0
            else { throw SodiumError.paddingBroken }
            return try unsafe SecretBytes(count: count) { buffer in
                unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: padded[..<count]))
            }
        }
    }
}
