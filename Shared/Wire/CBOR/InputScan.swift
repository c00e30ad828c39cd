/// The one pass over an input that decides whether it is accepted: well-formed, bounded, UTF-8,
/// without duplicate keys.
///
/// It is iterative, and allocates in proportion to the bytes that are there, never to a declared
/// count.
///
/// Its product is the table of containers. What reads the input afterwards relies on this pass.
struct InputScan: ~Copyable {
    let bytes: UnsafeRawBufferPointer
    let limits: CBORLimits
    private var containers = GrowingList<ContainerEntry>(firstCapacity: 8)
    /// The keys seen so far of the maps that are open, outermost map first.
    private var keys = GrowingList<MapKey>(firstCapacity: 24)
    /// The innermost open container or tag; the root when none is.
    private var current = OpenItem.root
    /// The containers and tags around `current`, outermost first, without the root.
    private var around = GrowingList<OpenItem>(firstCapacity: 8)
    /// How many containers and tags are open.
    private var depth = 0
    /// Where the latest item began whose encoding isn't the deterministic one, or −1.
    private var lastIrregularity = -1

    /// A container or tag whose content isn't complete yet.
    struct OpenItem: BitwiseCopyable {
        enum Kind: UInt8, BitwiseCopyable { case root, array, map, tag }

        static let root = OpenItem(
            start: 0,
            remaining: 1,
            count: 1,
            container: 0,
            firstKey: 0,
            newestKey: 0,
            kind: .root,
            isInKey: false
        )

        var start: Int
        /// Items still to come; for a map two for each pair.
        var remaining: Int
        var count: Int
        var container: Int
        var firstKey: Int
        var newestKey: Int
        var kind: Kind
        /// Whether the item is, or is inside, a map's key.
        var isInKey: Bool
        var isSorted = true
        var hasIrregularKey = false

        /// Whether the item that comes next is a key.
        var expectsKey: Bool { kind == .map && remaining & 1 == 0 }
    }

    init(bytes: UnsafeRawBufferPointer, limits: CBORLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Scans exactly one item that must fill the input.
    mutating func run() throws(CBORError) {
        var offset = 0
        var budget = limits.itemCount
        repeat {
            guard budget > 0 else { throw error(.tooManyItems, at: offset) }
            budget -= 1
            let start = offset
            let opened = try scanItem(at: &offset, budget: budget)
            if !opened { try completeItem(from: start, to: offset) }
        } while current.remaining > 0
        guard offset == bytes.count else { throw error(.trailingBytes, at: offset) }
    }

    /// Gives the table of containers away.
    consuming func table() -> GrowingList<ContainerEntry> {
        containers
    }

    /// Reads one head, and the content of a string.
    ///
    /// Returns true where items must follow.
    @inline(__always)
    private mutating func scanItem(
        at offset: inout Int,
        budget: Int
    ) throws(CBORError) -> Bool {
        let start = offset
        guard start < bytes.count else { throw error(.truncated, at: start) }
        let initialByte = bytes[start]
        let info = initialByte & 0x1f
        let major = initialByte & 0xe0
        var argument = UInt64(info)
        offset += 1
        if info >= 24 {
            argument = try longArgument(info: info, major: major, start: start)
            offset += 1 << Int(info - 24)
        }
        switch major {
        case MajorType.unsigned, MajorType.negative:
            return false
        case MajorType.bytes, MajorType.text:
            guard argument <= UInt64(bytes.count - offset) else {
                throw error(.truncated, at: start)
            }
            let end = offset + Int(truncatingIfNeeded: argument)
            if major == MajorType.text {
                guard UTF8Check.isValid(offset..<end, of: bytes) else {
                    throw error(.invalidUTF8, at: start)
                }
            }
            offset = end
            return false
        case MajorType.array:
            return try open(
                .array,
                start: start,
                offset: offset,
                count: argument,
                width: 1,
                budget: budget
            )
        case MajorType.map:
            return try open(
                .map,
                start: start,
                offset: offset,
                count: argument,
                width: 2,
                budget: budget
            )
        case MajorType.tag:
            return try open(
                .tag,
                start: start,
                offset: offset,
                count: 1,
                width: 1,
                budget: budget
            )
        default:
            try checkSimple(info: info, argument: argument, start: start)
            return false
        }
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
        var argument: UInt64 = 0
        for index in start + 1...start + width {
            argument = argument << 8 | UInt64(bytes[index])
        }
        let shortest = info == 24 ? 24 : UInt64(1) << UInt64(width * 4)
        if argument < shortest, major != MajorType.simple { lastIrregularity = start }
        return argument
    }

    private mutating func open(
        _ kind: OpenItem.Kind,
        start: Int,
        offset: Int,
        count: UInt64,
        width: Int,
        budget: Int
    ) throws(CBORError) -> Bool {
        guard depth < limits.depth else { throw error(.depthExceeded, at: start) }
        guard count <= UInt64((bytes.count - offset) / width) else {
            throw error(.truncated, at: start)
        }
        let count = Int(truncatingIfNeeded: count)
        guard count * width <= budget else { throw error(.tooManyItems, at: start) }
        let isInKey = current.isInKey || current.expectsKey
        if depth > 0 { around.append(current) }
        depth += 1
        current = OpenItem(
            start: start,
            remaining: count * width,
            count: count,
            container: containers.count,
            firstKey: keys.count,
            newestKey: start,
            kind: kind,
            isInKey: isInKey
        )
        if kind != .tag {
            let first = UInt32(truncatingIfNeeded: offset)
            containers.append(
                ContainerEntry(
                    first: first,
                    count: UInt32(truncatingIfNeeded: count),
                    isMap: kind == .map,
                    cursor: ItemPosition(
                        offset: first,
                        container: UInt32(truncatingIfNeeded: containers.count + 1)
                    )
                )
            )
        }
        guard count == 0 else { return true }
        try closeCurrent(at: offset)
        return false
    }

    private mutating func checkSimple(
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
            // Only a key's encoding matters, for finding it twice.
            guard current.isInKey || current.expectsKey else { return }
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

    /// Counts a complete item in the container it is in, and closes those that are full.
    @inline(__always)
    private mutating func completeItem(from start: Int, to end: Int) throws(CBORError) {
        var start = start
        while true {
            if current.expectsKey { noteKey(from: start, to: end) }
            current.remaining -= 1
            guard current.remaining == 0, current.kind != .root else { return }
            start = current.start
            try closeCurrent(at: end)
        }
    }

    private mutating func closeCurrent(at end: Int) throws(CBORError) {
        if current.kind == .map {
            try checkKeys(of: current)
            keys.truncate(to: current.firstKey)
        }
        if current.kind != .tag {
            let entries = containers.elements
            entries[current.container].end = UInt32(truncatingIfNeeded: end)
            entries[current.container].next = UInt32(truncatingIfNeeded: entries.count)
        }
        current = around.popLast() ?? .root
        depth -= 1
    }

    // MARK: Keys

    @inline(__always)
    private mutating func noteKey(from start: Int, to end: Int) {
        let key = MapKey(bytes: bytes, start: start, end: end)
        if lastIrregularity >= start { current.hasIrregularKey = true }
        if keys.count > current.firstKey, let last = keys.last, !last.precedes(key, in: bytes) {
            current.isSorted = false
            lastIrregularity = start
        }
        current.newestKey = start
        keys.append(key)
    }

    private func checkKeys(of map: OpenItem) throws(CBORError) {
        guard map.count > 1, !map.isSorted || map.hasIrregularKey else { return }
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
            case .root, .tag: continue
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
