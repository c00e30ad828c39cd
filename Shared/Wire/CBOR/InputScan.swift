/// The one pass over an input that decides whether it is accepted: well-formed, bounded, UTF-8,
/// without duplicate keys.
///
/// It is iterative, and allocates in proportion to the bytes that are there, never to a declared
/// count.
///
/// Its product is the table of containers. What reads the input afterwards relies on this pass.
struct InputScan: ~Copyable {
    private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var limits = CBORLimits.standard
    /// The table of containers.
    var containers = GrowingList<ContainerEntry>(firstCapacity: 8)
    /// The number of the table's first container.
    var firstContainer: UInt32 = 0
    /// The keys seen so far of the maps that are open, outermost map first.
    private var keys = GrowingList<MapKey>(firstCapacity: 24)
    /// The innermost open container; the root when none is.
    var current = OpenItem.root
    /// The containers around `current`, outermost first, without the root.
    private var around = GrowingList<OpenItem>(firstCapacity: 8)
    /// How many containers and tags are open.
    private(set) var depth = 0
    /// Whether the commonest items are scanned in a loop of their own, as they always are but in
    /// the test that compares both ways.
    var takesShortItems = true
    /// Where the latest item began whose encoding isn't the deterministic one, or −1.
    private var lastIrregularity = -1

    /// A container whose content isn't complete yet.
    struct OpenItem: BitwiseCopyable {
        enum Kind: UInt8, BitwiseCopyable { case root, array, map }

        static let root = OpenItem(
            start: 0,
            remaining: 1,
            count: 1,
            container: 0,
            firstKey: 0,
            newestKey: 0,
            tags: 0,
            kind: .root,
            isInKey: false
        )

        /// Where the container begins, or the first of the tags before it.
        var start: Int
        /// Items still to come; for a map two for each pair.
        var remaining: Int
        var count: Int
        var container: Int
        var firstKey: Int
        var newestKey: Int
        /// How many tags stand before the container.
        var tags: Int
        var kind: Kind
        /// Whether the item is, or is inside, a map's key.
        var isInKey: Bool
        var isSorted = true
        var hasIrregularKey = false
        /// A bit for each key, from its first bytes, to tell most keys apart at once.
        var keyBits: UInt64 = 0
        /// Whether two keys have the same bit.
        var mayRepeatKey = false

        /// Whether the item that comes next is a key.
        var expectsKey: Bool { kind == .map && remaining & 1 == 0 }
    }

    /// Scans exactly one item that must fill the input, which must outlive the scan's use.
    mutating func run(
        _ bytes: UnsafeRawBufferPointer,
        limits: CBORLimits
    ) throws(CBORError) {
        self.bytes = bytes
        self.limits = limits
        current = .root
        depth = 0
        lastIrregularity = -1
        keys.reset()
        around.reset()
        var offset = 0
        var budget = limits.itemCount
        repeat {
            if scanShortItems(at: &offset, budget: &budget) {
                try closeFull(at: offset)
                continue
            }
            let start = offset
            if try scanItem(at: &offset, budget: &budget) { continue }
            if current.expectsKey { noteKey(from: start, to: offset) }
            current.remaining &-= 1
            if current.remaining == 0 { try closeFull(at: offset) }
        } while current.remaining > 0
        guard offset == bytes.count else { throw error(.trailingBytes, at: offset) }
    }

    /// Forgets the input and its table.
    ///
    /// The numbers of its containers are not used again, and once most numbers have been used, nor
    /// is the scan.
    @inline(__always)
    mutating func end() {
        bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        firstContainer &+= UInt32(truncatingIfNeeded: containers.count) &+ 1
        containers.reset()
    }

    /// Whether no numbers are left for the containers of another input.
    @inline(__always)
    var isExhausted: Bool { firstContainer > UInt32.max / 2 }

    /// Where a container's entry is, for an index that the table has.
    @inline(__always)
    func entry(at index: Int) -> UnsafeMutablePointer<ContainerEntry> {
        // Safe because a list that holds something has memory.
        precondition(index < containers.count)
        return containers.elements.baseAddress.unsafelyUnwrapped + index
    }

    /// Reads tags, one head, and the content of a string.
    ///
    /// Returns true where items must follow.
    @inline(never)
    private mutating func scanItem(
        at offset: inout Int,
        budget: inout Int
    ) throws(CBORError) -> Bool {
        let first = offset
        let bytes = self.bytes
        var tags = 0
        while true {
            let start = offset
            guard budget > 0 else { throw error(.tooManyItems, at: start) }
            budget &-= 1
            guard start < bytes.count else { throw error(.truncated, at: start) }
            let initialByte = bytes[unchecked: start]
            let info = initialByte & 0x1f
            let major = initialByte & 0xe0
            var argument = UInt64(info)
            offset = start &+ 1
            if info == 24, offset < bytes.count {
                argument = UInt64(bytes[unchecked: offset])
                if argument < 24, major != MajorType.simple { lastIrregularity = start }
                offset &+= 1
            } else if info >= 24 {
                argument = try longArgument(info: info, major: major, start: start)
                offset &+= 1 &<< Int(info &- 24)
            }
            switch major {
            case MajorType.unsigned, MajorType.negative:
                return false
            case MajorType.text:
                let end = try contentEnd(argument, from: offset, start: start)
                guard UTF8Check.isValid(from: offset, to: end, of: bytes) else {
                    throw error(.invalidUTF8, at: start)
                }
                offset = end
                return false
            case MajorType.bytes:
                offset = try contentEnd(argument, from: offset, start: start)
                return false
            case MajorType.tag:
                guard depth &+ tags < limits.depth else { throw error(.depthExceeded, at: start) }
                guard offset < bytes.count else { throw error(.truncated, at: start) }
                tags &+= 1
            case MajorType.simple:
                try checkSimple(info: info, argument: argument, start: start)
                return false
            default:
                return try open(
                    major == MajorType.map ? .map : .array,
                    start: start,
                    first: first,
                    tags: tags,
                    offset: offset,
                    count: argument,
                    budget: budget
                )
            }
        }
    }

    @inline(__always)
    private func contentEnd(
        _ byteCount: UInt64,
        from offset: Int,
        start: Int
    ) throws(CBORError) -> Int {
        guard byteCount <= UInt64(bytes.count &- offset) else { throw error(.truncated, at: start) }
        return offset &+ Int(truncatingIfNeeded: byteCount)
    }

    private mutating func longArgument(
        info: UInt8,
        major: UInt8,
        start: Int
    ) throws(CBORError) -> UInt64 {
        guard info < 28 else {
            throw error(info == 31 ? .indefiniteLength : .reservedEncoding, at: start)
        }
        let width = 1 << Int(info - 24)
        guard bytes.count - start > width else { throw error(.truncated, at: start) }
        let argument: UInt64 =
            switch info {
            case 24: UInt64(bytes[start + 1])
            case 25: UInt64(load(UInt16.self, at: start + 1))
            case 26: UInt64(load(UInt32.self, at: start + 1))
            default: load(UInt64.self, at: start + 1)
            }
        let shortest = info == 24 ? 24 : UInt64(1) << UInt64(width * 4)
        if argument < shortest, major != MajorType.simple { lastIrregularity = start }
        return argument
    }

    @inline(__always)
    private func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        T(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    private mutating func open(
        _ kind: OpenItem.Kind,
        start: Int,
        first: Int,
        tags: Int,
        offset: Int,
        count: UInt64,
        budget: Int
    ) throws(CBORError) -> Bool {
        guard depth + tags < limits.depth else { throw error(.depthExceeded, at: start) }
        let width = kind == .map ? 2 : 1
        guard count <= UInt64((bytes.count - offset) / width) else {
            throw error(.truncated, at: start)
        }
        let count = Int(truncatingIfNeeded: count)
        guard count * width <= budget else { throw error(.tooManyItems, at: start) }
        let isInKey = current.isInKey || current.expectsKey
        if current.kind != .root { around.append(current) }
        depth += tags + 1
        current = OpenItem(
            start: first,
            remaining: count * width,
            count: count,
            container: containers.count,
            firstKey: keys.count,
            newestKey: start,
            tags: tags,
            kind: kind,
            isInKey: isInKey
        )
        let content = ItemPosition(
            offset: UInt32(truncatingIfNeeded: offset),
            container: firstContainer + UInt32(truncatingIfNeeded: containers.count + 1)
        )
        containers.append(
            ContainerEntry(
                first: content.offset,
                count: UInt32(truncatingIfNeeded: count),
                isMap: kind == .map,
                cursor: content
            )
        )
        guard count == 0 else { return true }
        try closeCurrent(at: offset)
        return false
    }

    @inline(__always)
    private mutating func checkSimple(
        info: UInt8,
        argument: UInt64,
        start: Int
    ) throws(CBORError) {
        // Only a key's encoding matters, for finding it twice.
        if info > 24, !current.isInKey, !current.expectsKey { return }
        try checkRarerSimple(info: info, argument: argument, start: start)
    }

    @inline(never)
    private mutating func checkRarerSimple(
        info: UInt8,
        argument: UInt64,
        start: Int
    ) throws(CBORError) {
        switch info {
        case 20, 21, 22: return
        case 23: throw error(.undefinedRefused, at: start)
        case 0...24:
            throw error(.unsupportedSimple(UInt8(truncatingIfNeeded: argument)), at: start)
        default:
            let reader = ItemReader(bytes: bytes)
            let head = try reader.head(at: start)
            guard let number = reader.float(head) else { return }
            if CBORValue.byteCount(ofFloat: number) != head.end - start
                || number.isNaN && argument != 0x7e00
            {
                lastIrregularity = start
            }
        }
    }

    /// Closes the containers that an item has filled, and counts each in the one it is in.
    @inline(never)
    private mutating func closeFull(at end: Int) throws(CBORError) {
        while current.remaining == 0, current.kind != .root {
            let start = current.start
            try closeCurrent(at: end)
            if current.expectsKey { noteKey(from: start, to: end) }
            current.remaining &-= 1
        }
    }

    private mutating func closeCurrent(at end: Int) throws(CBORError) {
        if current.kind == .map {
            try checkKeys(of: current)
            keys.truncate(to: current.firstKey)
        }
        let entries = containers.elements
        entries[current.container].hasIrregularKey = current.hasIrregularKey
        entries[current.container].end = UInt32(truncatingIfNeeded: end)
        entries[current.container].next =
            firstContainer + UInt32(truncatingIfNeeded: entries.count)
        depth -= current.tags + 1
        current = around.popLast() ?? .root
    }

    // MARK: Keys

    @inline(__always)
    private mutating func noteKey(from start: Int, to end: Int) {
        let key = MapKey(bytes: bytes, start: start, end: end)
        if lastIrregularity >= start { current.hasIrregularKey = true }
        // Only a key's encoding, and that of the maps in it, matters.
        if current.isInKey, current.isSorted, keys.count > current.firstKey, let last = keys.last,
            !last.precedes(key, in: bytes)
        {
            current.isSorted = false
            lastIrregularity = start
        }
        noteRegularKey(key)
    }

    /// Notes a key that needn't be compared with the one before it.
    @inline(__always)
    mutating func noteRegularKey(_ key: MapKey) {
        let bit = key.bit
        if current.keyBits & bit != 0, !current.mayRepeatKey { noteRepeatedBit(of: key) }
        current.keyBits |= bit
        current.newestKey = Int(key.start)
        keys.append(key)
    }

    /// Looks whether one of a few earlier keys begins as a key does; many keys are sorted later.
    @inline(never)
    private mutating func noteRepeatedBit(of key: MapKey) {
        let earlier = keys.elements[current.firstKey...]
        current.mayRepeatKey =
            earlier.count > MapKey.fewKeys || earlier.contains { $0.prefix == key.prefix }
    }

    private func checkKeys(of map: OpenItem) throws(CBORError) {
        guard map.hasIrregularKey || map.mayRepeatKey else { return }
        let keys = UnsafeMutableBufferPointer(rebasing: keys.elements[map.firstKey...])
        let duplicate: Int?
        if map.hasIrregularKey {
            // Else each level of maps in keys would rewrite all levels below it.
            guard !map.isInKey else { throw error(.nondeterministicKey, at: map.start) }
            duplicate = try MapKey.duplicateByValue(in: keys, of: bytes)
        } else {
            duplicate = MapKey.duplicate(in: keys, of: bytes)
        }
        if let duplicate {
            throw CBORError(
                path: path(showing: duplicate),
                reason: .duplicateKey,
                offset: duplicate
            )
        }
    }

    // MARK: Errors

    private func error(_ reason: CBORError.Reason, at offset: Int) -> CBORError {
        CBORError(path: path(showing: nil), reason: reason, offset: offset)
    }

    /// The path to the item being scanned, or to the value of a key of the innermost map.
    private func path(showing key: Int?) -> String {
        let reader = ItemReader(bytes: bytes)
        var components: [PathComponent] = []
        for index in 0...around.count {
            let isInnermost = index == around.count
            let item = isInnermost ? current : around.elements[index]
            switch item.kind {
            case .root: continue
            case .array: components.append(.element(item.count - item.remaining))
            case .map:
                let key =
                    isInnermost
                    ? key ?? (item.expectsKey ? nil : item.newestKey)
                    : item.newestKey
                if let key, let component = reader.pathComponent(at: key) {
                    components.append(component)
                }
            }
            if item.expectsKey { break }
        }
        return PathComponent.path(components)
    }
}
