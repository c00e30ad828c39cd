/// The one output that all containers of an encoding write to, and the stack of those open.
///
/// A container knows its serial number. Writing to a container closes whatever was opened inside
/// it; a container that has been closed can't be written any more.
///
/// The stored properties go without Swift's run-time checks for overlapping access, which took a
/// fifth of the time to encode a small message.
final class EncodingState {
    // Safe because nothing keeps an access open while it calls code that could begin another: each
    // is one write, and values write themselves between accesses. This holds for all of them.
    @exclusivity(unchecked) var output = ItemWriter()
    let deterministic: Bool

    /// The innermost open container; serial 0 is the slot of the outermost value.
    @exclusivity(unchecked) var top = OpenContainer(kind: .root, serial: 0, headIndex: 0)
    /// The open containers around `top`, outermost first, without the root.
    @exclusivity(unchecked) private(set) var below: ContiguousArray<OpenContainer> = []
    /// Where the entries of the open sorted containers begin, innermost last.
    @exclusivity(unchecked) private var entries: ContiguousArray<Int> = []
    /// The first mistake made where the protocols don't allow throwing.
    @exclusivity(unchecked) private var failure: CBORError?
    @exclusivity(unchecked) private var lastSerial: UInt32 = 0

    /// The serial number of a container that could not be opened.
    static let closedSerial = UInt32.max

    struct OpenContainer {
        enum Kind: UInt8 {
            case root, array, set
            /// The fields of a type: a nil is left out.
            case fields
            /// The entries of a dictionary with text or integer keys.
            case dictionary
            /// The entries of a dictionary with other keys, as keys and values by turns.
            case flatDictionary
        }

        let kind: Kind
        let serial: UInt32
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

    init(deterministic: Bool) {
        self.deterministic = deterministic
    }

    func encodeRoot<T: Encodable>(_ value: T) throws {
        try encodeValue(value, in: 0)
        if let failure { throw failure }
    }

    // MARK: Values

    /// Writes a value to the place that was just made in a container.
    func encodeValue<T: Encodable>(_ value: T, in serial: UInt32) throws {
        if try writeKnown(value) { return }
        top.isPending = true
        try value.encode(to: ValueEncoder(state: self, serial: serial, type: T.self))
        if top.serial != serial { try focus(serial) }
        if top.isPending {
            throw mistake("\(T.self) encoded nothing")
        }
    }

    /// Takes the pending place of a container, for a scalar that is written next.
    func takePlace(in serial: UInt32) throws {
        if top.serial != serial { try focus(serial) }
        guard top.isPending else { throw mistake("a second value in the place of one") }
        top.isPending = false
    }

    /// Writes nil to the pending place: a field is taken back, elsewhere it is null.
    func encodeNil(in serial: UInt32) throws {
        try takePlace(in: serial)
        guard top.kind == .fields else {
            output.writeNull()
            return
        }
        output.truncate(to: top.newestIndex)
        top.count -= 1
        if top.isSorted { entries.removeLast() }
    }

    // MARK: Keys and elements

    /// Makes a place for a field's value by writing its key.
    @inline(__always)
    func beginField<Key: CodingKey>(_ key: Key, form: KeyForm, in serial: UInt32) throws {
        if top.serial != serial { try focus(serial) }
        if top.isPending { fillPlace() }
        let index = output.count
        top.count += 1
        top.newestIndex = index
        if top.isSorted { entries.append(index) }
        if form != .strings, let number = key.intValue {
            output.writeSigned(Int64(number))
        } else {
            output.writeText(key.stringValue)
        }
    }

    /// Makes a place for the next element of an array, a set or a flat dictionary.
    func beginElement(in serial: UInt32) throws {
        if top.serial != serial { try focus(serial) }
        if top.isPending { fillPlace() }
        let index = output.count
        if top.isSorted, top.kind == .set || top.count.isMultiple(of: 2) { entries.append(index) }
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
    func open(_ kind: OpenContainer.Kind, in parent: UInt32) -> UInt32 {
        do {
            if top.serial != parent {
                if let serial = try reopen(kind, in: parent) { return serial }
            }
            guard top.isPending else { throw mistake("a second container in the place of one") }
        } catch {
            fail(error)
            return Self.closedSerial
        }
        top.isPending = false
        lastSerial += 1
        if top.kind != .root { below.append(top) }
        top = OpenContainer(kind: kind, serial: lastSerial, headIndex: output.count)
        top.firstEntry = entries.count
        top.isSorted =
            switch kind {
            case .set: true
            case .fields, .dictionary, .flatDictionary: deterministic
            case .root, .array: false
            }
        output.writeByte(0)
        return lastSerial
    }

    private func reopen(
        _ kind: OpenContainer.Kind,
        in parent: UInt32
    ) throws(CBORError) -> UInt32? {
        let index = below.lastIndex { $0.serial == parent }
        guard parent == 0 || index != nil else {
            throw mistake("a container was used after its parent had gone on")
        }
        let next = index.map { $0 + 1 } ?? 0
        let child = next < below.count ? below[next] : top
        guard child.kind == kind else {
            throw mistake("two kinds of container in one place")
        }
        while top.serial != child.serial { closeTop() }
        return child.serial
    }

    /// Closes what was opened inside a container, so that it can be written to.
    @inline(never)
    func focus(_ serial: UInt32) throws(CBORError) {
        guard serial == 0 || below.contains(where: { $0.serial == serial }) else {
            throw mistake("a container was used after its parent had gone on")
        }
        while top.serial != serial { closeTop() }
    }

    private func closeTop() {
        if top.isPending { fillPlace() }
        if top.isSorted {
            if entries.count - top.firstEntry > 1 {
                output.sortItems(beginningAt: entries[top.firstEntry...])
            }
            entries.removeSubrange(top.firstEntry...)
        }
        let major =
            switch top.kind {
            case .array, .set, .root: MajorType.array
            case .fields, .dictionary, .flatDictionary: MajorType.map
            }
        let count = top.kind == .flatDictionary ? top.count / 2 : top.count
        output.setHead(major, UInt64(count), at: top.headIndex)
        top = below.popLast() ?? OpenContainer(kind: .root, serial: 0, headIndex: 0)
    }

    // MARK: Mistakes

    func fail(_ error: any Error) {
        if failure == nil {
            failure = error as? CBORError ?? CBORError(encoding: error)
        }
    }

    func mistake(_ why: String) -> CBORError {
        CBORError(path: PathComponent.path(components), reason: .invalidValue(why))
    }

    /// The path to the value that is being written.
    var components: [PathComponent] {
        (Array(below) + [top]).compactMap(newest)
    }

    /// The path to a container's newest value, or to the container itself.
    func codingPath(of serial: UInt32, newest isNewest: Bool) -> [any CodingKey] {
        let open = Array(below) + [top]
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
