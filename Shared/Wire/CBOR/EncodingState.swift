import FoundationEssentials
import NIOCore

/// The one output that all containers of an encoding write to, and the stack of those open.
///
/// A container knows its serial number. Writing to a container closes whatever was opened inside
/// it; a container that has been closed can't be written any more.  Serial numbers are never used
/// twice, so that a container kept from an earlier encoding is as good as closed: it finds so
/// by its number alone, on whatever thread it is used.
///
/// This is a reference that isn't counted, to storage that is never freed; see `ThreadStates`.
struct EncodingState: ReusedState {
    private let storage: UnsafeMutablePointer<Storage>

    private struct Storage: ~Copyable {
        var output = ItemWriter(capacity: 1024)
        /// The buffer that was given out last, if it is small.
        var given = ByteBuffer()
        var isDeterministic = false
        /// The innermost open container.
        var top = OpenContainer.none
        /// The open containers around `top`, outermost first.
        var below = GrowingList<OpenContainer>(firstCapacity: 8)
        /// Where the entries of the open sorted containers begin, innermost last.
        var entries = GrowingList<Int>(firstCapacity: 16)
        var lastSerial: UInt64 = 0
        /// The first serial number of the value that is being written.
        var firstSerial: UInt64 = 1
        var keyTypes = KnownTypes<KnownKeys>()
        var textTypes = KnownTypes<KnownTexts>()
        var use = StateUse<EncodingState>()
    }

    /// Makes a state that lasts as long as the process.
    init() {
        storage = .allocate(capacity: 1)
        storage.initialize(to: Storage())
    }

    @inline(__always)
    var use: StateUse<EncodingState> {
        _read { yield storage.pointee.use }
        nonmutating _modify { yield &storage.pointee.use }
    }

    @inline(__always)
    var output: ItemWriter {
        _read { yield storage.pointee.output }
        nonmutating _modify { yield &storage.pointee.output }
    }

    @inline(__always)
    var top: OpenContainer {
        get { storage.pointee.top }
        nonmutating _modify { yield &storage.pointee.top }
    }

    @inline(__always)
    var isDeterministic: Bool { storage.pointee.isDeterministic }

    /// The serial number of a container that could not be opened.
    static let closedSerial: UInt64 = 0

    /// Whether a container is one of an encoding that has ended.
    ///
    /// Everything that a container may call too late asks this before it looks at more of the
    /// state, which by then may be in use on another thread.
    @inline(__always)
    private func isOver(_ serial: UInt64) -> Bool { serial < storage.pointee.firstSerial }

    private static let tooLate = CBORError(
        reason: .invalidValue("a container was used after its encoding had ended")
    )

    // MARK: Beginning and end

    /// A free state of this thread, ready for a value.
    @inline(__always)
    static func begin(deterministic: Bool) -> EncodingState {
        let state = ThreadStates.current.encoding.begun()
        state.storage.pointee.isDeterministic = deterministic
        state.storage.pointee.lastSerial += 1
        state.storage.pointee.firstSerial = state.storage.pointee.lastSerial
        state.top = OpenContainer(
            kind: .root,
            serial: state.storage.pointee.lastSerial,
            headIndex: 0
        )
        return state
    }

    /// Forgets the value and whatever container is still open.
    @inline(__always)
    func end() {
        storage.pointee.output.reset()
        storage.pointee.below.reset()
        storage.pointee.entries.reset()
        top = .none
        storage.pointee.firstSerial = storage.pointee.lastSerial &+ 1
        storage.pointee.use.isBusy = false
    }

    /// Writes the outermost value.
    func encodeRoot<T: Encodable>(_ value: T) throws {
        try encodeValue(value, in: top.serial)
        try throwFailure()
    }

    /// The value that was written, in a buffer to give out.
    ///
    /// Mostly whoever got the last one has sent it by now: then its memory is used again, which
    /// takes a third of the time that it takes to find some.  Otherwise the buffer finds memory of
    /// its own for what is written.
    @inline(__always)
    func buffer() -> ByteBuffer {
        let bytes = output.bytes
        // The buffer's own `capacity` takes longer.
        let capacity = storage.pointee.given.writerIndex &+ storage.pointee.given.writableBytes
        // A few bytes aren't given out with memory for many, which somebody may keep for long.
        guard bytes.count <= capacity, capacity <= 4 &* bytes.count, let base = bytes.baseAddress
        else { return newBuffer() }
        storage.pointee.given.withVeryUnsafeMutableBytes { target in
            precondition(target.count >= bytes.count)
            target.baseAddress?.copyMemory(from: base, byteCount: bytes.count)
        }
        storage.pointee.given.moveWriterIndex(to: bytes.count)
        return storage.pointee.given
    }

    @inline(never)
    private func newBuffer() -> ByteBuffer {
        let buffer = output.buffer
        if buffer.readableBytes <= Self.keptCapacity { storage.pointee.given = buffer }
        return buffer
    }

    /// The greatest capacity of a buffer that is kept for the next value.
    private static var keptCapacity: Int { 1024 }

    // MARK: Open containers

    struct OpenContainer: BitwiseCopyable {
        enum Kind: UInt8, BitwiseCopyable {
            case root, array, set
            /// The fields of a type: a nil is left out.
            case fields
            /// The entries of a dictionary with text or integer keys.
            case dictionary
            /// The entries of a dictionary with other keys, as keys and values by turns.
            case flatDictionary
        }

        /// What is open while nothing is written; no container has its number.
        static let none = OpenContainer(kind: .root, serial: .max, headIndex: 0)

        let kind: Kind
        let serial: UInt64
        /// Where the head's single byte was reserved.
        let headIndex: Int
        /// Where this container's part of `entries` begins.
        var firstEntry = 0
        /// Whether the entries are sorted when the container closes.
        var isSorted = false
        /// Whether a place for a value has been made that nothing has been written to yet.
        var isPending = false
        /// Values written or begun; for maps, keys.
        var count = 0
        /// Where the newest key or element begins.
        var newestIndex = 0
    }

    // MARK: Values

    /// Writes a value to the place that was just made in a container.
    @inline(__always)
    func encodeValue<T: Encodable>(_ value: T, in serial: UInt64) throws {
        if T.self == UUID.self {
            output.writeUUID(rebind(value, to: UUID.self))
        } else if T.self == Date.self {
            try writeDate(rebind(value, to: Date.self))
        } else if MemoryLayout<T>.size == 1 {
            try encodeByte(value, in: serial)
        } else if T.self == [String].self {
            output.writeTexts(rebind(value, to: [String].self))
        } else {
            try encodeOther(value, in: serial)
        }
    }

    /// Writes a value of one byte, most of which are enums.
    @inline(never)
    private func encodeByte<T: Encodable>(_ value: T, in serial: UInt64) throws {
        if T.self == Bool.self { return output.writeBool(rebind(value, to: Bool.self)) }
        guard let texts = knownTexts(of: T.self) else {
            return try encodeOther(value, in: serial)
        }
        // Safe because the sizes are equal, and every byte is a number.
        if let text = texts.text(of: unsafeBitCast(value, to: UInt8.self)) {
            return output.write(text)
        }
        let start = output.count
        try encodeOther(value, in: serial)
        // Nothing is left of a field that turned out to be nil.
        guard output.count > start else { return }
        texts.remember(value, as: UnsafeRawBufferPointer(rebasing: output.bytes[start...]))
    }

    @inline(never)
    private func encodeOther<T: Encodable>(_ value: T, in serial: UInt64) throws {
        if try writeKnown(value) { return }
        top.isPending = true
        try value.encode(to: ValueEncoder(state: self, serial: serial, type: T.self))
        if top.serial != serial { try closeFields(in: serial) }
        if top.isPending {
            throw mistake("\(T.self) encoded nothing")
        }
    }

    /// Takes the pending place of a container, for a scalar that is written next.
    func takePlace(in serial: UInt64) throws {
        if top.serial != serial { try focus(serial) }
        guard top.isPending else { throw mistake("a second value in the place of one") }
        top.isPending = false
    }

    /// Writes nil to the pending place: a field is taken back, elsewhere it is null.
    func encodeNil(in serial: UInt64) throws {
        try takePlace(in: serial)
        guard top.kind == .fields else {
            output.writeNull()
            return
        }
        output.truncate(to: top.newestIndex)
        top.count -= 1
        if top.isSorted { _ = storage.pointee.entries.popLast() }
    }

    // MARK: Keys and elements

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

    /// Makes a place for a field's value by writing its key.
    @inline(__always)
    func beginField<Key: CodingKey>(
        _ key: Key,
        form: KeyForm,
        known: KnownKeys? = nil,
        in serial: UInt64
    ) throws {
        if top.serial != serial || top.isPending || top.isSorted { try prepareField(in: serial) }
        top.count &+= 1
        top.newestIndex = output.count
        if let encoded = known?.encoded(key) {
            output.write(encoded)
        } else {
            output.writeKey(key, form: form)
        }
    }

    @inline(never)
    private func prepareField(in serial: UInt64) throws(CBORError) {
        if top.serial != serial { try focus(serial) }
        if top.isPending { fillPlace() }
        if top.isSorted { storage.pointee.entries.append(output.count) }
    }

    /// Makes a place for the next element of an array, a set or a flat dictionary.
    func beginElement(in serial: UInt64) throws {
        if top.serial != serial { try focus(serial) }
        if top.isPending { fillPlace() }
        let index = output.count
        if top.isSorted, top.kind == .set || top.count.isMultiple(of: 2) {
            storage.pointee.entries.append(index)
        }
        top.count += 1
        top.newestIndex = index
    }

    /// A `superEncoder()` that nothing was written to stands for a type without fields.
    private func fillPlace() {
        output.writeByte(InitialByte.emptyMap)
        top.isPending = false
    }

    // MARK: Containers

    /// Opens a container in the pending place of another, or finds the one that was opened there
    /// before, and returns its serial number.
    ///
    /// A mistake is kept until the encoding ends.
    func open(_ kind: OpenContainer.Kind, in parent: UInt64) -> UInt64 {
        guard !isOver(parent) else { return Self.closedSerial }
        do {
            if top.serial != parent {
                if let serial = try reopen(kind, in: parent) { return serial }
            }
            guard top.isPending else { throw mistake("a second container in the place of one") }
        } catch {
            fail(error, in: parent)
            return Self.closedSerial
        }
        top.isPending = false
        storage.pointee.lastSerial += 1
        let serial = storage.pointee.lastSerial
        storage.pointee.below.append(top)
        top = OpenContainer(kind: kind, serial: serial, headIndex: output.count)
        top.firstEntry = storage.pointee.entries.count
        top.isSorted =
            switch kind {
            case .set: true
            case .fields, .dictionary, .flatDictionary: isDeterministic
            case .root, .array: false
            }
        output.writeByte(0)
        return serial
    }

    private func reopen(
        _ kind: OpenContainer.Kind,
        in parent: UInt64
    ) throws(CBORError) -> UInt64? {
        let below = storage.pointee.below.elements
        guard let index = below.lastIndex(where: { $0.serial == parent }) else {
            throw mistake("a container was used after its parent had gone on")
        }
        let child = index + 1 < below.count ? below[index + 1] : top
        guard child.kind == kind else {
            throw mistake("two kinds of container in one place")
        }
        while top.serial != child.serial { closeTop() }
        return child.serial
    }

    /// Closes what was opened inside a container, so that it can be written to.
    @inline(never)
    func focus(_ serial: UInt64) throws(CBORError) {
        guard !isOver(serial) else { throw Self.tooLate }
        if storage.pointee.below.last?.serial == serial { return closeTop() }
        guard storage.pointee.below.elements.contains(where: { $0.serial == serial }) else {
            throw mistake("a container was used after its parent had gone on")
        }
        while top.serial != serial { closeTop() }
    }

    /// Closes the container that a type has written, which mostly is its few fields.
    @inline(__always)
    private func closeFields(in serial: UInt64) throws {
        guard let parent = storage.pointee.below.last, parent.serial == serial,
            top.kind == .fields, top.count < 24, !top.isSorted, !top.isPending
        else { return try focus(serial) }
        output.setByte(MajorType.map | UInt8(truncatingIfNeeded: top.count), at: top.headIndex)
        storage.pointee.below.truncate(to: storage.pointee.below.count &- 1)
        top = parent
    }

    private func closeTop() {
        if top.isPending { fillPlace() }
        if top.isSorted {
            let entries = storage.pointee.entries.elements[top.firstEntry...]
            if entries.count > 1 { output.sortItems(beginningAt: entries) }
            storage.pointee.entries.truncate(to: top.firstEntry)
        }
        let major =
            switch top.kind {
            case .array, .set, .root: MajorType.array
            case .fields, .dictionary, .flatDictionary: MajorType.map
            }
        let count = top.kind == .flatDictionary ? top.count / 2 : top.count
        output.setHead(major, UInt64(count), at: top.headIndex)
        top =
            storage.pointee.below.popLast() ?? .none
    }

    // MARK: Mistakes

    /// Keeps the first mistake of the encoding that a container is of.
    func fail(_ error: any Error, in serial: UInt64) {
        guard !isOver(serial) else { return }
        storage.pointee.use.fail(error as? CBORError ?? CBORError(encoding: error))
    }

    func mistake(_ why: String) -> CBORError {
        CBORError(path: PathComponent.path(components), reason: .invalidValue(why))
    }

    private var open: [OpenContainer] { Array(storage.pointee.below.elements) + [top] }

    /// How many values the container has; 0 for one that is closed.
    func count(of serial: UInt64) -> Int {
        isOver(serial) ? 0 : open.last { $0.serial == serial }?.count ?? 0
    }

    /// The path to the value that is being written.
    var components: [PathComponent] {
        open.compactMap(newest)
    }

    /// The path to a container's newest value, or to the container itself.
    func codingPath(of serial: UInt64, newest isNewest: Bool) -> [any CodingKey] {
        guard !isOver(serial) else { return [] }
        let open = self.open
        guard let index = open.lastIndex(where: { $0.serial == serial }) else { return [] }
        return open[..<(isNewest ? index + 1 : index)].compactMap(newest)
    }

    private func newest(in container: OpenContainer) -> PathComponent? {
        switch container.kind {
        case .root: nil
        case .array, .set: container.count > 0 ? .element(container.count - 1) : nil
        case .flatDictionary: container.count > 0 ? .element((container.count - 1) / 2) : nil
        case .fields, .dictionary: container.count > 0 ? key(at: container.newestIndex) : nil
        }
    }

    private func key(at index: Int) -> PathComponent? {
        ItemReader(bytes: output.bytes).pathComponent(at: index)
    }
}
