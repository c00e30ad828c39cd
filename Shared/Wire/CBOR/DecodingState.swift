import NIOCore

/// What all containers of one decoding share: the input, which the scan has accepted, and the
/// table of its containers with a cursor for each map; or an input whose scan is put off.
///
/// Positions and containers have numbers that are not used again, so that a decoder or container
/// kept from an earlier decoding finds nothing.
///
/// This is a reference that isn't counted, to storage that is never freed; see `ThreadStates`.
struct DecodingState: ReusedState {
    private let storage: UnsafeMutablePointer<Storage>

    private struct Storage: ~Copyable {
        /// Without an input while its scan is put off.
        var scan = InputScan()
        var unscanned = UnscannedInput()
        /// Whether the input must be scanned and read from its beginning.
        var mustStartOver = false
        var limits = CBORLimits.standard
        var source: ByteBuffer?
        var rejectsUnknown = false
        /// The offsets of the keys that were asked for, and the maps that were read by keys; filled
        /// only where unknown fields are refused.
        var knownKeys: Set<UInt32> = []
        var readMaps: Set<UInt32> = []
        var keyTypes = KnownTypes<KnownKeys>()
        var textTypes = KnownTypes<KnownTexts>()
        var use = StateUse<DecodingState>()
    }

    /// Makes a state that lasts as long as the process.
    init() {
        storage = .allocate(capacity: 1)
        storage.initialize(to: Storage())
    }

    @inline(__always)
    var use: StateUse<DecodingState> {
        _read { yield storage.pointee.use }
        nonmutating _modify { yield &storage.pointee.use }
    }

    /// Reads the input, once it has been scanned.
    @inline(__always)
    var reader: ItemReader { ItemReader(bytes: storage.pointee.scan.bytes) }

    @inline(__always)
    var unscanned: UnscannedInput {
        _read { yield storage.pointee.unscanned }
        nonmutating _modify { yield &storage.pointee.unscanned }
    }

    var source: ByteBuffer? { storage.pointee.source }

    @inline(__always)
    var rejectsUnknown: Bool { storage.pointee.rejectsUnknown }

    // MARK: Beginning and end

    /// A free state of this thread.
    @inline(__always)
    static func begin(rejectsUnknown: Bool) -> DecodingState {
        let state = ThreadStates.current.decoding.begun()
        state.storage.pointee.rejectsUnknown = rejectsUnknown
        return state
    }

    /// Takes an input, which is kept until `end()`, and scans it unless that may be put off.
    @inline(__always)
    func take(
        _ source: ByteBuffer,
        limits: CBORLimits,
        scansFirst: Bool
    ) throws(CBORError) {
        storage.pointee.source = source
        storage.pointee.limits = limits
        // Safe because the state keeps the input's storage, and storage that is shared isn't
        // written to.
        let bytes = source.withUnsafeReadableBytes { $0 }
        if !scansFirst, !rejectsUnknown {
            let map = storage.pointee.scan.firstContainer
            if unscanned.open(bytes, limits: limits, map: map) { return }
        }
        try storage.pointee.scan.run(bytes, limits: limits)
    }

    /// Scans an input whose scan was put off, and goes on with its table where reading is.
    ///
    /// Many of those who need the table can't throw.  What they find after a failure is an ended
    /// decoding, and whatever comes of that is thrown away: the input is read again from its
    /// beginning, where the scan says what is wrong.
    @inline(never)
    func catchUp() {
        let unscanned = self.unscanned
        self.unscanned.close()
        do throws(CBORError) {
            try storage.pointee.scan.run(unscanned.bytes, limits: storage.pointee.limits)
            if unscanned.isBeingRead {
                entry(of: unscanned.map)?.pointee.cursor = unscanned.cursor
                guard try !holdsAbsent(unscanned) else { return giveUp() }
            }
        } catch {
            // Thrown again by whoever starts over.
            giveUp()
        }
    }

    private func giveUp() {
        storage.pointee.scan.end()
        storage.pointee.mustStartOver = true
    }

    /// Whether a field is there, or may be, that was taken for absent.
    private func holdsAbsent(_ unscanned: UnscannedInput) throws(CBORError) -> Bool {
        guard unscanned.absent != 0, let keys = unscanned.keys else { return false }
        let entry = try container(unscanned.map)
        guard !entry.hasIrregularKey else { return true }
        var next = ItemPosition(offset: entry.first, container: unscanned.map &+ 1)
        for _ in 0..<entry.count {
            let offset = Int(next.offset)
            if keys.contains(unscanned.absent, where: { reader.holds($0, at: offset) }) {
                return true
            }
            next = try after(try after(next))
        }
        return false
    }

    /// Whether what came of a decoding counts for nothing, because of what the scan has found.
    func mustStartOver() -> Bool {
        if unscanned.isOpen { catchUp() }
        return storage.pointee.mustStartOver
    }

    /// Scans the input that was taken, to be read from its beginning.
    func startOver() throws(CBORError) {
        storage.pointee.mustStartOver = false
        storage.pointee.use.forgetFailure()
        guard let source = storage.pointee.source else { return }
        // Safe as in `take`.
        let bytes = source.withUnsafeReadableBytes { $0 }
        try storage.pointee.scan.run(bytes, limits: storage.pointee.limits)
    }

    /// Forgets the input.
    ///
    /// Any later use of a decoder or container throws `decodingEnded`.
    @inline(__always)
    func end() {
        unscanned.close()
        storage.pointee.mustStartOver = false
        storage.pointee.scan.end()
        storage.pointee.source = nil
        if rejectsUnknown {
            storage.pointee.knownKeys = []
            storage.pointee.readMaps = []
        }
        // A state without numbers is left as it is, and the next one is used from then on.
        storage.pointee.use.isBusy = storage.pointee.scan.isExhausted
    }

    /// Throws what was found wrong without throwing, and the first unknown field if they count.
    @inline(__always)
    func finish() throws(CBORError) {
        if unscanned.isOpen, !unscanned.isComplete { catchUp() }
        guard !storage.pointee.mustStartOver else { throw CBORError(reason: .decodingEnded) }
        try throwFailure()
        if rejectsUnknown { try refuseUnknown() }
    }

    @inline(never)
    private func refuseUnknown() throws(CBORError) {
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
        storage.pointee.use.fail(error)
    }

    // MARK: Positions

    /// The outermost item.
    var outermost: ItemPosition {
        ItemPosition(offset: 0, container: storage.pointee.scan.firstContainer)
    }

    /// Scans an input whose scan was put off, for whoever needs the table for its map.
    ///
    /// Containers kept from an earlier decoding have other numbers; they may be on other threads.
    @inline(__always)
    private func needTable(for number: UInt32) {
        if unscanned.isOpen, number == unscanned.map { catchUp() }
    }

    /// Whether a position is one of this decoding, not of an earlier one.
    @inline(__always)
    func isCurrent(_ position: ItemPosition) -> Bool {
        needTable(for: position.container)
        return position.container &- storage.pointee.scan.firstContainer
            <= UInt32(truncatingIfNeeded: storage.pointee.scan.containers.count)
    }

    /// The index of a container in the table.
    @inline(__always)
    private func index(ofContainer number: UInt32) throws(CBORError) -> Int {
        needTable(for: number)
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
        guard let end = reader.shortEnd(at: Int(position.offset)) else {
            return try afterLong(position)
        }
        return ItemPosition(
            offset: UInt32(truncatingIfNeeded: end),
            container: position.container
        )
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
        MemoryLayout<Key>.size <= 1 ? storage.pointee.keyTypes.known(of: type) : nil
    }

    /// What is remembered of a type of one byte.
    @inline(__always)
    func knownTexts(of type: Any.Type) -> KnownTexts? {
        storage.pointee.textTypes.known(of: type)
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
    func nextValue(of key: UnsafePointer<ShortText>, in map: UInt32) -> ItemPosition? {
        // Whatever is wrong is said by who looks for the key afterwards.
        guard let entry = entry(of: map) else { return nil }
        let next = entry.pointee.cursor
        let reader = self.reader
        let offset = Int(next.offset) &+ Int(key.pointee.count)
        guard next.offset < entry.pointee.end, reader.holds(key, at: Int(next.offset)),
            offset < reader.bytes.count, reader.bytes[unchecked: offset] != InitialByte.null
        else { return nil }
        let value = ItemPosition(
            offset: UInt32(truncatingIfNeeded: offset),
            container: next.container
        )
        if let end = reader.shortEnd(at: offset) {
            entry.pointee.cursor = ItemPosition(
                offset: UInt32(truncatingIfNeeded: end),
                container: next.container
            )
        } else {
            // As above: the long way throws it again.
            guard let end = try? afterLong(value) else { return nil }
            entry.pointee.cursor = end
        }
        if rejectsUnknown { noteKnown(next) }
        return value
    }

    /// Where a container's entry is, or nil for one that isn't of this decoding.
    @inline(__always)
    func entry(of number: UInt32) -> UnsafeMutablePointer<ContainerEntry>? {
        needTable(for: number)
        let index = Int(number &- storage.pointee.scan.firstContainer)
        let containers = storage.pointee.scan.containers.elements
        guard index < containers.count, let base = containers.baseAddress else { return nil }
        return base + index
    }

    /// The value of a key that is a text, looked for from where the last one ended; nil where it
    /// is absent or null.
    ///
    /// Only for a map whose keys are all encoded as we encode them: then equal keys are equal
    /// bytes.
    @inline(never)
    func search(
        for key: UnsafePointer<ShortText>,
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

    // MARK: Values

    /// What stands for a field that is absent or null, or an error that it is missing.
    func absent<T>(_ type: T.Type, key: some CodingKey, in map: UInt32) throws -> T {
        if let optional = type as? any OptionalValue.Type, let absent = optional.absent as? T {
            return absent
        }
        throw missing(key, in: map)
    }
}
