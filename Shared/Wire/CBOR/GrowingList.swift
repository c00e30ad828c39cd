/// A list of plain values with one owner, for the hot loops of the scan: an append is a store, and
/// nothing is allocated before the first.
struct GrowingList<Element: BitwiseCopyable>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>?
    private var capacity = 0
    private(set) var count = 0
    private let firstCapacity: Int

    init(firstCapacity: Int) {
        self.firstCapacity = firstCapacity
    }

    deinit {
        base?.deallocate()
    }

    /// The elements, for as long as the list lives and nothing is appended.
    var elements: UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: base, count: count)
    }

    /// The last element, or nil.
    var last: Element? {
        guard count > 0, let base else { return nil }
        return base[count - 1]
    }

    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { grow() }
        guard let base else { return }
        (base + count).initialize(to: element)
        count += 1
    }

    /// Takes the last element off, or returns nil.
    mutating func popLast() -> Element? {
        guard count > 0, let base else { return nil }
        count -= 1
        return base[count]
    }

    /// Takes off all elements from an index on.
    mutating func truncate(to index: Int) {
        count = min(count, max(0, index))
    }

    /// Takes off all elements, and gives memory back where there were uncommonly many.
    @inline(__always)
    mutating func reset() {
        count = 0
        if capacity > Self.keptCapacity { release() }
    }

    /// The greatest capacity that a list keeps while it waits to be used again.
    private static var keptCapacity: Int { 512 }

    @inline(never)
    private mutating func release() {
        base?.deallocate()
        base = nil
        capacity = 0
    }

    @inline(never)
    private mutating func grow() {
        capacity = capacity == 0 ? firstCapacity : capacity * 2
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        if let base {
            larger.initialize(from: base, count: count)
            base.deallocate()
        }
        base = larger
    }
}
