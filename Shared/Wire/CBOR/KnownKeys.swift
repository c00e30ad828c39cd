/// What a state remembers of one type of coding keys: how its keys are encoded, and the standard
/// library's box around the container that writes or reads them.
///
/// Without it every field asks the key for its name, and every container costs the runtime several
/// look-ups by type. It is for types of at most one byte, which enums without payload are. It lasts
/// as long as the process, and there is one for each type of coding keys in the program.
struct KnownKeys {
    private let storage: UnsafeMutablePointer<Storage>

    /// The encoded form of a key.
    struct Encoded: BitwiseCopyable {
        static let capacity = 24
        /// A key that is longer than there is room for.
        static let tooLong = UInt8.max

        /// As they stand in memory, filled up with zeros.
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        /// 0 where the key hasn't been met yet.
        var count: UInt8 = 0

        /// Whether the key is a name: one that has a number is also found by its name.
        var isText: Bool {
            let initialByte = UInt8(truncatingIfNeeded: UInt64(littleEndian: words.0))
            return initialByte & 0xe0 == MajorType.text
        }
    }

    private struct Storage: ~Copyable {
        let type: ObjectIdentifier
        let keys: UnsafeMutablePointer<Encoded>
        let box: UnsafeMutablePointer<AnyObject?>
        var serial: UInt64 = 0
        /// Where the closure is that copies the container in the box.
        var copy: UnsafeRawPointer?
    }

    /// How many keys of a type are remembered.
    private static let keyCount = 32

    fileprivate init(type: ObjectIdentifier) {
        let keys = UnsafeMutablePointer<Encoded>.allocate(capacity: Self.keyCount)
        keys.initialize(repeating: Encoded(), count: Self.keyCount)
        let box = UnsafeMutablePointer<AnyObject?>.allocate(capacity: 1)
        box.initialize(to: nil)
        storage = .allocate(capacity: 1)
        storage.initialize(to: Storage(type: type, keys: keys, box: box))
    }

    fileprivate var type: ObjectIdentifier { storage.pointee.type }

    // MARK: Keys

    /// The encoded form of a key, which is remembered from now on, or nil for one that can't be.
    @inline(__always)
    func encoded<Key: CodingKey>(_ key: Key) -> UnsafePointer<Encoded>? {
        let index = Self.index(of: key)
        guard index < Self.keyCount else { return nil }
        let encoded = storage.pointee.keys + index
        if encoded.pointee.count == 0 { Self.remember(key, in: encoded) }
        return encoded.pointee.count == Encoded.tooLong ? nil : UnsafePointer(encoded)
    }

    /// The encoded form of a key, or nil where it isn't remembered yet.
    @inline(__always)
    func remembered<Key: CodingKey>(_ key: Key) -> UnsafePointer<Encoded>? {
        let index = Self.index(of: key)
        guard index < Self.keyCount else { return nil }
        let encoded = storage.pointee.keys + index
        // Neither 0 nor `tooLong`.
        return encoded.pointee.count &- 1 < Encoded.tooLong &- 1 ? UnsafePointer(encoded) : nil
    }

    /// The number that stands for a key in memory.
    @inline(__always)
    private static func index<Key: CodingKey>(of key: Key) -> Int {
        // An enum with a single case takes no room.
        guard MemoryLayout<Key>.size == 1 else { return 0 }
        // Safe because the sizes are equal, and every byte is a number.
        return Int(unsafeBitCast(key, to: UInt8.self))
    }

    @inline(never)
    private static func remember(
        _ key: some CodingKey,
        in encoded: UnsafeMutablePointer<Encoded>
    ) {
        var output = ItemWriter(capacity: 64)
        output.writeKey(key, form: .codingKeys)
        let bytes = output.bytes
        guard bytes.count <= Encoded.capacity else {
            encoded.pointee.count = Encoded.tooLong
            return
        }
        withUnsafeMutableBytes(of: &encoded.pointee.words) { $0.copyMemory(from: bytes) }
        encoded.pointee.count = UInt8(truncatingIfNeeded: bytes.count)
    }

    // MARK: Boxes

    /// The serial number of the container that the box stands for now.
    @inline(__always)
    var serial: UInt64 { storage.pointee.serial }

    /// Whether the box is free, which from now on is for a serial number.
    @inline(__always)
    func takeBox(for serial: UInt64) -> Bool {
        // By itself, since Swift 6.3.1 would tell ThreadSanitizer that the memory is written to
        // which the storage's first word, the type, is the address of.
        let box = storage.pointee.box
        guard isKnownUniquelyReferenced(&box.pointee) else { return false }
        storage.pointee.serial = serial
        return true
    }

    /// Copies the container that is kept, whose type is `Container`.
    @inline(__always)
    func copy<Container>() -> Container {
        // Safe because `keep` has stored a closure of this type before there was a box to take.
        storage.pointee.copy.unsafelyUnwrapped
            .assumingMemoryBound(to: (() -> Container).self).pointee()
    }

    var hasBox: Bool { storage.pointee.box.pointee != nil }

    /// Keeps a container whose only stored property is its box.
    @inline(never)
    func keep<Container>(_ container: Container, for serial: UInt64) {
        storage.pointee.box.pointee = unsafeBitCast(container, to: AnyObject.self)
        storage.pointee.serial = serial
        let copy = UnsafeMutablePointer<() -> Container>.allocate(capacity: 1)
        copy.initialize(to: Self.copying(storage.pointee.box, as: Container.self))
        storage.pointee.copy = UnsafeRawPointer(copy)
    }

    /// What copies a container, with its type at hand: code that knows the type of keys alone would
    /// have to look the container's type up each time.
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    private static func copying<Container>(
        _ box: UnsafeMutablePointer<AnyObject?>,
        as type: Container.Type
    ) -> () -> Container {
        let container = UnsafeRawPointer(box).assumingMemoryBound(to: type)
        return { container.pointee }
    }
}

/// The types of coding keys that a state has met.
struct KnownKeyTypes: ~Copyable {
    private var table: UnsafeMutablePointer<KnownKeys?>
    private var count = 0
    private static let capacity = 512
    /// A table is searched only where it isn't full.
    private static let greatestCount = 384

    init() {
        table = .allocate(capacity: Self.capacity)
        table.initialize(repeating: nil, count: Self.capacity)
    }

    deinit {
        table.deallocate()
    }

    /// What is remembered of a type, or nil for a type that is not remembered.
    @inline(__always)
    mutating func keys<Key: CodingKey>(of type: Key.Type) -> KnownKeys? {
        guard MemoryLayout<Key>.size <= 1 else { return nil }
        let id = ObjectIdentifier(type)
        var index = Int(bitPattern: id) >> 4 & (Self.capacity - 1)
        while let known = table[index] {
            if known.type == id { return known }
            index = (index + 1) & (Self.capacity - 1)
        }
        return add(id, at: index)
    }

    @inline(never)
    private mutating func add(_ id: ObjectIdentifier, at index: Int) -> KnownKeys? {
        guard count < Self.greatestCount else { return nil }
        let known = KnownKeys(type: id)
        table[index] = known
        count += 1
        return known
    }
}
