import NIOCore

/// What all containers of one decoding share: the input, which the scan has accepted, and the
/// table of its containers with a cursor for each map.
///
/// Positions and containers have numbers that are not used again, so that a decoder or container
/// kept from an earlier decoding finds nothing.
///
/// This is a reference that isn't counted, to storage that is never freed; see `ThreadStates`.
struct DecodingState {
    private let storage: UnsafeMutablePointer<Storage>

    private struct Storage: ~Copyable {
        var scan = InputScan()
        var source: ByteBuffer?
        var rejectsUnknown = false
        /// The offsets of the keys that were asked for, and the maps that were read by keys; filled
        /// only where unknown fields are refused.
        var knownKeys: Set<UInt32> = []
        var readMaps: Set<UInt32> = []
        /// The first mistake found where the protocols don't allow throwing.
        var failure: CBORError?
        /// Whether there was one: looking at the mistake itself would copy it.
        var hasFailed = false
        var keyTypes = KnownKeyTypes()
        var isBusy = false
        /// For a decoding that begins while this one is under way on the same thread.
        var inner: DecodingState?
    }

    /// Makes a state that lasts as long as the process.
    init() {
        storage = .allocate(capacity: 1)
        storage.initialize(to: Storage())
    }

    @inline(__always)
    var reader: ItemReader { ItemReader(bytes: storage.pointee.scan.bytes) }

    var source: ByteBuffer? { storage.pointee.source }

    @inline(__always)
    private var rejectsUnknown: Bool { storage.pointee.rejectsUnknown }

    // MARK: Beginning and end

    /// A free state of this thread.
    @inline(__always)
    static func begin(rejectsUnknown: Bool) -> DecodingState {
        var state = ThreadStates.current.decoding
        if state.storage.pointee.isBusy { state = state.firstFree() }
        state.storage.pointee.isBusy = true
        state.storage.pointee.rejectsUnknown = rejectsUnknown
        // A container that was kept too long may have complained in between.
        if state.storage.pointee.hasFailed { state.forgetFailure() }
        return state
    }

    @inline(never)
    private func forgetFailure() {
        storage.pointee.failure = nil
        storage.pointee.hasFailed = false
    }

    @inline(never)
    private func firstFree() -> DecodingState {
        var state = self
        while state.storage.pointee.isBusy {
            let inner = state.storage.pointee.inner ?? DecodingState()
            state.storage.pointee.inner = inner
            state = inner
        }
        return state
    }

    /// Scans the bytes of an input, which stay where they are until `end()`.
    @inline(__always)
    func scan(
        _ bytes: UnsafeRawBufferPointer,
        of source: ByteBuffer,
        limits: CBORLimits
    ) throws(CBORError) {
        storage.pointee.source = source
        try storage.pointee.scan.run(bytes, limits: limits)
    }

    /// Forgets the input.
    ///
    /// Any later use of a decoder or container throws `decodingEnded`.
    @inline(__always)
    func end() {
        storage.pointee.scan.end()
        storage.pointee.source = nil
        if rejectsUnknown {
            storage.pointee.knownKeys = []
            storage.pointee.readMaps = []
        }
        // A state without numbers is left as it is, and the next one is used from then on.
        storage.pointee.isBusy = storage.pointee.scan.isExhausted
    }

    /// Throws what was found wrong without throwing, and the first unknown field if they count.
    func finish() throws(CBORError) {
        if storage.pointee.hasFailed, let failure = storage.pointee.failure { throw failure }
        guard rejectsUnknown else { return }
        for map in storage.pointee.readMaps.sorted() {
            let entry = try container(map)
            var position = ItemPosition(offset: entry.first, container: map + 1)
            for _ in 0..<entry.count {
                guard storage.pointee.knownKeys.contains(position.offset) else {
                    throw error(.unknownField, at: try after(position).offset)
                }
                position = try after(try after(position))
            }
        }
    }

    func fail(_ error: CBORError) {
        guard !storage.pointee.hasFailed else { return }
        storage.pointee.failure = error
        storage.pointee.hasFailed = true
    }

    // MARK: Positions

    /// The outermost item.
    var outermost: ItemPosition {
        ItemPosition(offset: 0, container: storage.pointee.scan.firstContainer)
    }

    /// Whether a position is one of this decoding, not of an earlier one.
    @inline(__always)
    func isCurrent(_ position: ItemPosition) -> Bool {
        position.container &- storage.pointee.scan.firstContainer
            <= UInt32(truncatingIfNeeded: storage.pointee.scan.containers.count)
    }

    /// The index of a container in the table.
    @inline(__always)
    private func index(ofContainer number: UInt32) throws(CBORError) -> Int {
        let index = Int(number &- storage.pointee.scan.firstContainer)
        guard index < storage.pointee.scan.containers.count else {
            throw CBORError(reason: .decodingEnded)
        }
        return index
    }

    @inline(__always)
    func container(_ number: UInt32) throws(CBORError) -> ContainerEntry {
        storage.pointee.scan.containers.elements[try index(ofContainer: number)]
    }

    /// The head of an item.
    @inline(__always)
    func head(at position: ItemPosition) throws(CBORError) -> ItemReader.Head {
        guard isCurrent(position) else { throw CBORError(reason: .decodingEnded) }
        return try reader.head(at: Int(position.offset))
    }

    /// The position after an item, most of which have a short head.
    @inline(__always)
    func after(_ position: ItemPosition) throws(CBORError) -> ItemPosition {
        let bytes = storage.pointee.scan.bytes
        var offset = Int(position.offset)
        while bytes.count &- offset >= 2 {
            let initialByte = bytes[unchecked: offset]
            let info = initialByte & 0x1f
            guard info <= 27 else { break }
            let isLong = info == 24
            offset &+= isLong ? 2 : 1
            if initialByte < MajorType.bytes || initialByte >= MajorType.simple {
                // Numbers and simple values have nothing but a head.
                if info > 24 { offset &+= 1 &<< Int(info &- 24) }
            } else if info > 24 {
                break
            } else if initialByte >= MajorType.tag {
                continue
            } else if initialByte >= MajorType.array {
                break
            } else {
                offset &+= isLong ? Int(bytes[unchecked: offset &- 1]) : Int(info)
            }
            return ItemPosition(
                offset: UInt32(truncatingIfNeeded: offset),
                container: position.container
            )
        }
        return try afterLong(position)
    }

    @inline(never)
    private func afterLong(_ position: ItemPosition) throws(CBORError) -> ItemPosition {
        let reader = self.reader
        var offset = Int(position.offset)
        while true {
            let head = try reader.head(at: offset)
            switch head.major {
            case MajorType.bytes, MajorType.text:
                return ItemPosition(
                    offset: UInt32(truncatingIfNeeded: head.end + Int(head.argument)),
                    container: position.container
                )
            case MajorType.array, MajorType.map:
                let entry = try container(position.container)
                return ItemPosition(offset: entry.end, container: entry.next)
            case MajorType.tag:
                offset = head.end
            default:
                return ItemPosition(
                    offset: UInt32(truncatingIfNeeded: head.end),
                    container: position.container
                )
            }
        }
    }

    @inline(__always)
    func isNull(at position: ItemPosition) throws(CBORError) -> Bool {
        let bytes = storage.pointee.scan.bytes
        guard isCurrent(position), Int(position.offset) < bytes.count else {
            throw CBORError(reason: .decodingEnded)
        }
        return bytes[Int(position.offset)] == InitialByte.null
    }

    // MARK: Maps

    /// Notes that a map is read by keys, so that its unknown fields can be found.
    func noteMap(_ number: UInt32) {
        if rejectsUnknown { storage.pointee.readMaps.insert(number) }
    }

    /// What is remembered of a type of coding keys.
    @inline(__always)
    func knownKeys<Key: CodingKey>(of type: Key.Type) -> KnownKeys? {
        storage.pointee.keyTypes.keys(of: type)
    }

    func noteKnown(_ key: ItemPosition) {
        if rejectsUnknown { storage.pointee.knownKeys.insert(key.offset) }
    }

    /// The value after a key, where the key is the one that the map's reader expects next and the
    /// value is not null; the cursor moves past it.
    ///
    /// Nil where the key must be looked for: fields are mostly asked for in the order they were
    /// written.
    @inline(never)
    func nextValue(
        of key: UnsafePointer<KnownKeys.Encoded>,
        in map: UInt32
    ) throws(CBORError) -> ItemPosition? {
        let entry = storage.pointee.scan.entry(at: try index(ofContainer: map))
        let next = entry.pointee.cursor
        let reader = self.reader
        guard next.offset < entry.pointee.end, reader.holds(key, at: Int(next.offset)) else {
            return nil
        }
        let value = ItemPosition(
            offset: next.offset &+ UInt32(key.pointee.count),
            container: next.container
        )
        guard Int(value.offset) < reader.bytes.count,
            reader.bytes[Int(value.offset)] != InitialByte.null
        else { return nil }
        if rejectsUnknown { noteKnown(next) }
        entry.pointee.cursor = try after(value)
        return value
    }

    /// The value of a key that is a text, looked for from where the last one ended; nil where it
    /// is absent or null.
    ///
    /// Only for a map whose keys are all encoded as we encode them: then equal keys are equal
    /// bytes.
    @inline(never)
    func search(
        for key: UnsafePointer<KnownKeys.Encoded>,
        in map: UInt32
    ) throws(CBORError) -> ItemPosition? {
        let entry = storage.pointee.scan.entry(at: try index(ofContainer: map))
        var next = expectedKey(of: entry, in: map)
        for _ in 0..<entry.pointee.count {
            let value = try after(next)
            if reader.holds(key, at: Int(next.offset)) {
                if rejectsUnknown { noteKnown(next) }
                entry.pointee.cursor = try after(value)
                return try isNull(at: value) ? nil : value
            }
            next = try after(value)
            if next.offset == entry.pointee.end {
                next = ItemPosition(offset: entry.pointee.first, container: map + 1)
            }
        }
        return nil
    }

    /// Whether equal keys of a map are equal bytes.
    @inline(__always)
    func hasOnlyRegularKeys(_ map: UInt32) throws(CBORError) -> Bool {
        try !container(map).hasIrregularKey
    }

    /// The value of a key, looked for from where the last one ended, then in the whole map.
    ///
    /// With `advancing` the cursor moves past the value.
    @inline(never)
    func value(
        of key: some CodingKey,
        form: KeyForm,
        in map: UInt32,
        advancing: Bool
    ) throws(CBORError) -> ItemPosition? {
        let index = try index(ofContainer: map)
        let entry = storage.pointee.scan.entry(at: index)
        guard entry.pointee.count > 0 else { return nil }
        let next = expectedKey(of: entry, in: map)
        let number = form == .strings ? nil : key.intValue
        let name = key.stringValue
        guard
            let found = try search(
                name: name,
                number: number,
                from: next,
                in: entry.pointee,
                of: map
            )
        else { return nil }
        if rejectsUnknown { noteKnown(found.key) }
        entry.pointee.cursor = advancing ? try after(found.value) : found.key
        return found.value
    }

    /// Where a map's cursor stands, or the first key when it stands at the end.
    @inline(__always)
    private func expectedKey(
        of entry: UnsafeMutablePointer<ContainerEntry>,
        in map: UInt32
    ) -> ItemPosition {
        let cursor = entry.pointee.cursor
        guard cursor.offset == entry.pointee.end else { return cursor }
        return ItemPosition(offset: entry.pointee.first, container: map + 1)
    }

    /// The bytes of a text key, or nil for a key of another kind.
    @inline(__always)
    private func text(ofKey key: ItemPosition) throws(CBORError) -> UnsafeRawBufferPointer? {
        let reader = self.reader
        let head = try reader.head(at: Int(key.offset))
        return head.major == MajorType.text ? try reader.content(of: head) : nil
    }

    /// Looks for a key from one on, and then from the map's first.
    @inline(never)
    private func search(
        name: String,
        number: Int?,
        from start: ItemPosition,
        in entry: ContainerEntry,
        of map: UInt32
    ) throws(CBORError) -> (key: ItemPosition, value: ItemPosition)? {
        var name = name
        var key = start
        for _ in 0..<entry.count {
            let isMatch: Bool
            if let content = try text(ofKey: key) {
                isMatch = name.withUTF8 {
                    ByteOrder.areEqual(content, UnsafeRawBufferPointer($0))
                }
            } else if let number {
                let head = try reader.head(at: Int(key.offset))
                isMatch = reader.integer(head, as: Int.self) == number
            } else {
                isMatch = false
            }
            let value = try after(key)
            if isMatch { return (key, value) }
            key = try after(value)
            if key.offset == entry.end {
                key = ItemPosition(offset: entry.first, container: map + 1)
            }
        }
        return nil
    }

    // MARK: Values

    /// What stands for a field that is absent or null, or an error that it is missing.
    func absent<T>(_ type: T.Type, key: some CodingKey, in map: UInt32) throws -> T {
        if let optional = type as? any OptionalValue.Type, let absent = optional.absent as? T {
            return absent
        }
        throw missing(key, in: map)
    }
}
