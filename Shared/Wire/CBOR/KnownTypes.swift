/// What a state remembers of a type.
protocol KnownType {
    /// The type.
    var type: ObjectIdentifier { get }

    /// Remembers nothing yet.
    init(type: ObjectIdentifier)
}

/// The types that a state has met, with what it remembers of each.
struct KnownTypes<Known: KnownType>: ~Copyable {
    private var table: UnsafeMutablePointer<Known?>
    private var count = 0
    private static var capacity: Int { 512 }
    /// A table is searched only where it isn't full.
    private static var greatestCount: Int { 384 }

    init() {
        table = .allocate(capacity: Self.capacity)
        table.initialize(repeating: nil, count: Self.capacity)
    }

    deinit {
        table.deallocate()
    }

    /// What is remembered of a type, or nil for a type that is not remembered.
    @inline(__always)
    mutating func known(of type: Any.Type) -> Known? {
        let id = ObjectIdentifier(type)
        var index = Int(bitPattern: id) >> 4 & (Self.capacity - 1)
        while let known = table[index] {
            if known.type == id { return known }
            index = (index + 1) & (Self.capacity - 1)
        }
        return add(id, at: index)
    }

    @inline(never)
    private mutating func add(_ id: ObjectIdentifier, at index: Int) -> Known? {
        guard count < Self.greatestCount else { return nil }
        let known = Known(type: id)
        table[index] = known
        count += 1
        return known
    }
}
