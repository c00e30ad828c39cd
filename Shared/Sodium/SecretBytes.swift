internal import CSodium

/// Key material in locked memory, wiped when it goes; see ``SecretMemory`` for where that is.
///
/// It cannot be copied, so there is one place that holds it.  Where the system does not allow
/// locking memory, the pages may be swapped; everything else still holds.  A process that asked for
/// it with ``MemoryLocking/require()`` gets no secret in memory that is not locked.
@safe package struct SecretBytes: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let isShared: Bool
    /// How many bytes the secret has.
    package let count: Int

    /// Makes a secret of a given length and lets a closure fill it.
    ///
    /// - Parameters:
    ///   - count: the length, 0 or more.
    ///   - memory: where it is to lie.
    ///   - fill: writes all bytes; the memory holds arbitrary bytes before.
    /// - Throws: ``SodiumError/outOfMemory``, ``SodiumError/memoryNotLocked``, or what `fill`
    ///   throws.
    package init(
        count: Int, in memory: SecretMemory = .guarded,
        filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        precondition(count >= 0, "a count is never negative")
        try Sodium.initialize()
        if memory == .shared, let cell = unsafe SecretCells.take(for: count) {
            do {
                try unsafe fill(UnsafeMutableRawBufferPointer(start: cell, count: count))
            } catch {
                unsafe SecretCells.leave(cell)
                throw error
            }
            unsafe self.base = cell
            self.isShared = true
        } else {
            unsafe self.base = try Self.guarded(count, filledBy: fill)
            self.isShared = false
        }
        self.count = count
    }

    private static func guarded(
        _ count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> UnsafeMutableRawPointer {
        guard let base = unsafe sodium_malloc(count) else { throw SodiumError.outOfMemory }
        do {
            // The allocation has tried, and does not tell.
            if MemoryLocking.isRequired, unsafe sodium_mlock(base, count) != 0 {
                throw SodiumError.memoryNotLocked
            }
            try unsafe fill(UnsafeMutableRawBufferPointer(start: base, count: count))
        } catch {
            unsafe sodium_free(base)
            throw error
        }
        // A system without page protection leaves the memory writable, which harms nothing.
        _ = unsafe sodium_mprotect_readonly(base)
        return unsafe base
    }

    /// Makes a secret from the system's generator.
    package init(random count: Int, in memory: SecretMemory = .guarded) throws {
        try unsafe self.init(count: count, in: memory) { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe randombytes_buf(base, buffer.count)
        }
    }

    /// Takes a secret over from ordinary memory and wipes it there.
    package init(taking bytes: inout [UInt8]) throws {
        // A second reference to the array would have the wiping make a copy and wipe that.
        try unsafe self.init(count: bytes.count) { buffer in
            unsafe bytes.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        }
        Sodium.wipe(&bytes)
    }

    /// Derives a 32-byte key from secret material: HMAC-SHA-256 of a label under that material.
    ///
    /// - Parameters:
    ///   - material: at least 16 bytes that nobody can guess, such as a token.
    ///   - label: what the key is for; different labels give unrelated keys.
    package init(derivedFrom material: [UInt8], label: String) throws {
        var derived = Sodium.hmacSHA256(Array(label.utf8), key: material)
        try self.init(taking: &derived)
    }

    deinit {
        if self.isShared {
            unsafe SecretCells.leave(self.base)
        } else {
            unsafe sodium_free(self.base)
        }
    }

    /// Lends the bytes to a closure, which must neither keep nor copy them.
    package borrowing func withUnsafeBytes<Result: ~Copyable>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: self.base, count: self.count))
    }

    /// Lends the bytes to a function of libsodium that takes a key.
    borrowing func withUnsafeKey<Result: ~Copyable>(
        _ body: (UnsafePointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        try unsafe body(UnsafePointer(self.base.assumingMemoryBound(to: UInt8.self)))
    }

    /// Whether two secrets are the same, in a time that depends on their length only.
    package borrowing func equals(_ other: borrowing SecretBytes) -> Bool {
        guard self.count == other.count else { return false }
        return unsafe sodium_memcmp(self.base, other.base, self.count) == 0
    }
}

// Safe because the memory is written only while it is being made, and freed by its only owner.
extension SecretBytes: @unchecked Sendable {}
