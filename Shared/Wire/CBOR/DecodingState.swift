import NIOCore

/// What all containers of one decoding share: the input, which the scan has accepted, and the
/// table of its containers with a cursor for each map.
final class DecodingState {
    let source: ByteBuffer
    // Safe because each access is one load or store, and nothing runs in between. This holds for
    // every stored property.
    @exclusivity(unchecked) private(set) var reader: ItemReader
    @exclusivity(unchecked) private var containers: GrowingList<ContainerEntry>
    private let rejectsUnknown: Bool
    /// The offsets of the keys that were asked for, and the maps that were read by keys; filled
    /// only where unknown fields are refused.
    @exclusivity(unchecked) private var knownKeys: Set<UInt32> = []
    @exclusivity(unchecked) private var readMaps: Set<UInt32> = []
    /// The first mistake found where the protocols don't allow throwing.
    @exclusivity(unchecked) private var failure: CBORError?

    init(
        source: ByteBuffer,
        bytes: UnsafeRawBufferPointer,
        containers: consuming GrowingList<ContainerEntry>,
        rejectsUnknown: Bool
    ) {
        self.source = source
        self.reader = ItemReader(bytes: bytes)
        self.containers = containers
        self.rejectsUnknown = rejectsUnknown
    }

    /// Forgets the input.
    ///
    /// Any later use of a decoder or container throws `decodingEnded`.
    func end() {
        reader = ItemReader(bytes: UnsafeRawBufferPointer(start: nil, count: 0))
        containers.truncate(to: 0)
    }

    /// Throws what was found wrong without throwing, and the first unknown field if they count.
    func finish() throws(CBORError) {
        if let failure { throw failure }
        guard rejectsUnknown else { return }
        for map in readMaps.sorted() {
            let entry = try container(map)
            var position = ItemPosition(offset: entry.first, container: map + 1)
            for _ in 0..<entry.count {
                guard knownKeys.contains(position.offset) else {
                    throw error(.unknownField, at: try after(position).offset)
                }
                position = try after(try after(position))
            }
        }
    }

    func fail(_ error: CBORError) {
        if failure == nil { failure = error }
    }

    // MARK: Positions

    @inline(__always)
    func container(_ number: UInt32) throws(CBORError) -> ContainerEntry {
        guard number < containers.count else { throw CBORError(reason: .decodingEnded) }
        return containers.elements[Int(number)]
    }

    /// The position after an item.
    @inline(__always)
    func after(_ position: ItemPosition) throws(CBORError) -> ItemPosition {
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
        guard Int(position.offset) < reader.bytes.count else {
            throw CBORError(reason: .decodingEnded)
        }
        return reader.bytes[Int(position.offset)] == InitialByte.null
    }

    // MARK: Maps

    /// Notes that a map is read by keys, so that its unknown fields can be found.
    func noteMap(_ number: UInt32) {
        if rejectsUnknown { readMaps.insert(number) }
    }

    func noteKnown(_ key: ItemPosition) {
        if rejectsUnknown { knownKeys.insert(key.offset) }
    }

    /// The value of a key, looked for first where the last one ended, then in the whole map.
    ///
    /// With `advancing` the cursor moves past the value, since fields are mostly asked for in the
    /// order they were written.
    @inline(__always)
    func value(
        of key: some CodingKey,
        form: KeyForm,
        in map: UInt32,
        advancing: Bool
    ) throws(CBORError) -> ItemPosition? {
        let entry = try container(map)
        guard entry.count > 0 else { return nil }
        let number = form == .strings ? nil : key.intValue
        var name = key.stringValue
        // Typed errors don't pass through `withUTF8` in this compiler.
        let result = name.withUTF8 { name -> Result<ItemPosition?, CBORError> in
            do throws(CBORError) {
                return .success(
                    try search(
                        name: name,
                        number: number,
                        entry: entry,
                        map: map,
                        advancing: advancing
                    )
                )
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    @inline(__always)
    private func search(
        name: UnsafeBufferPointer<UInt8>,
        number: Int?,
        entry: ContainerEntry,
        map: UInt32,
        advancing: Bool
    ) throws(CBORError) -> ItemPosition? {
        var key = entry.cursor
        for _ in 0..<entry.count {
            if key.offset == entry.end {
                key = ItemPosition(offset: entry.first, container: map + 1)
            }
            let head = try reader.head(at: Int(key.offset))
            var value = key
            let isMatch: Bool
            if head.major == MajorType.text {
                let content = try reader.content(of: head)
                isMatch = ByteOrder.areEqual(content, UnsafeRawBufferPointer(name))
                value.offset = UInt32(truncatingIfNeeded: head.end + content.count)
            } else if head.major <= MajorType.negative {
                isMatch = number != nil && reader.integer(head, as: Int.self) == number
                value.offset = UInt32(truncatingIfNeeded: head.end)
            } else {
                isMatch = false
                value = try after(key)
            }
            if isMatch {
                if rejectsUnknown { noteKnown(key) }
                containers.elements[Int(map)].cursor = advancing ? try after(value) : key
                return value
            }
            key = try after(value)
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
