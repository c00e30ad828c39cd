internal import CSodium
internal import Locks

/// Where a secret lies.
package enum SecretMemory: Sendable {
    /// In pages of its own with a guard on either side, read-only once filled: for what lives long.
    case guarded
    /// In a cell of locked pages that secrets share which live for one use: taking and leaving it
    /// asks nothing of the system.  Longer secrets, and those for which no cell is free, lie
    /// ``guarded``.
    case shared
}

/// Cells of locked pages, wiped as they are left.
///
/// The pages are libsodium's as well: locked, out of cores, with a guard before and behind all of
/// them.  Between two cells there is none, so only this package's own code fills them.
@safe enum SecretCells {
    /// The length of a cell in bytes.
    static let byteCount = 128
    private static let cellCount = 256

    private static let length = Self.byteCount * Self.cellCount

    /// Where the pages begin; `nil` where the system gave none that could be locked.
    // Safe because it never changes, and each cell has one owner at a time.
    nonisolated(unsafe) private static let pages: UnsafeMutableRawPointer? = {
        guard let base = unsafe sodium_malloc(Self.length) else { return nil }
        // The allocation has tried, and does not tell.
        guard unsafe sodium_mlock(base, Self.length) == 0 else {
            unsafe sodium_free(base)
            return nil
        }
        // It comes filled with what shows that it is new.
        unsafe sodium_memzero(base, Self.length)
        return unsafe base
    }()

    /// Numbers of the cells that nobody has; the last one is given out next.
    private static let free = Mutex(Array((0..<Self.cellCount).reversed()))

    /// A cell; `nil` if the secret is too long or no cell is free.
    static func take(for count: Int) -> UnsafeMutableRawPointer? {
        guard count <= Self.byteCount, let pages = unsafe Self.pages,
            let number = Self.free.withLock({ $0.popLast() })
        else { return nil }
        return unsafe pages + number * Self.byteCount
    }

    /// Wipes a cell and leaves it.
    static func leave(_ cell: UnsafeMutableRawPointer) {
        unsafe sodium_memzero(cell, Self.byteCount)
        guard let pages = unsafe Self.pages else { return }
        let number = unsafe (cell - pages) / Self.byteCount
        Self.free.withLock { $0.append(number) }
    }
}
