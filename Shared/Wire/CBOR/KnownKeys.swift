/// What a state remembers of one type of coding keys: how its keys are encoded, and the standard
/// library's box around the container that writes or reads them.
///
/// Without it every field asks the key for its name, and every container costs the runtime several
/// look-ups by type. It is for types of at most one byte, which enums without payload are. It lasts
/// as long as the process, and there is one for each type of coding keys in the program.
struct KnownKeys: KnownType {
    private let storage: UnsafeMutablePointer<Storage>

    private struct Storage: ~Copyable {
        let type: ObjectIdentifier
        let keys: UnsafeMutablePointer<ShortText>
        let box: UnsafeMutablePointer<AnyObject?>
        var serial: UInt64 = 0
        /// What copies the container in the box.
        var copier: UnsafeRawPointer?
    }

    /// How many keys of a type are remembered.
    private static let keyCount = 32

    init(type: ObjectIdentifier) {
        let keys = UnsafeMutablePointer<ShortText>.allocate(capacity: Self.keyCount)
        keys.initialize(repeating: ShortText(), count: Self.keyCount)
        let box = UnsafeMutablePointer<AnyObject?>.allocate(capacity: 1)
        box.initialize(to: nil)
        storage = .allocate(capacity: 1)
        storage.initialize(to: Storage(type: type, keys: keys, box: box))
    }

    @inline(__always)
    var type: ObjectIdentifier { storage.pointee.type }

    // MARK: Keys

    /// The encoded form of a key, which is remembered from now on, or nil for one that can't be.
    @inline(__always)
    func encoded<Key: CodingKey>(_ key: Key) -> UnsafePointer<ShortText>? {
        let index = Self.index(of: key)
        guard index < Self.keyCount else { return nil }
        let encoded = storage.pointee.keys + index
        if encoded.pointee.count == 0 { remember(key, at: index) }
        return encoded.pointee.count == ShortText.tooLong ? nil : UnsafePointer(encoded)
    }

    /// The encoded form of a key, or nil where it isn't remembered yet.
    @inline(__always)
    func remembered<Key: CodingKey>(_ key: Key) -> UnsafePointer<ShortText>? {
        let index = Self.index(of: key)
        guard index < Self.keyCount else { return nil }
        let encoded = storage.pointee.keys + index
        return encoded.pointee.isKnown ? UnsafePointer(encoded) : nil
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
    private func remember(_ key: some CodingKey, at index: Int) {
        var output = ItemWriter(capacity: 64)
        output.writeKey(key, form: .codingKeys)
        var encoded = ShortText()
        encoded.keep(output.bytes, bit: 1 << UInt32(index))
        // Keys that are remembered differ, so that a field isn't read under two names.
        let keys = UnsafeBufferPointer(start: storage.pointee.keys, count: Self.keyCount)
        if keys.contains(where: { $0.isKnown && $0.equals(encoded) }) { encoded.keepNothing() }
        storage.pointee.keys[index] = encoded
    }

    /// Whether a condition holds for a key that is declared after one of the remembered keys.
    @inline(__always)
    func containsLater(
        than key: UnsafePointer<ShortText>,
        where condition: (UnsafePointer<ShortText>) -> Bool
    ) -> Bool {
        var index = key.pointee.bit.trailingZeroBitCount &+ 1
        while index < Self.keyCount {
            let later = UnsafePointer(storage.pointee.keys + index)
            // Types have few keys: those after one that hasn't been met are nobody's.
            guard later.pointee.count > 0 else { return false }
            if later.pointee.isKnown, condition(later) { return true }
            index &+= 1
        }
        return false
    }

    /// Whether a condition holds for a key of those with the bits given.
    func contains(
        _ bits: UInt32,
        where condition: (UnsafePointer<ShortText>) -> Bool
    ) -> Bool {
        for index in 0..<Self.keyCount where bits >> UInt32(index) & 1 == 1 {
            if condition(UnsafePointer(storage.pointee.keys + index)) { return true }
        }
        return false
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
        // Safe because `keep` has stored an object of this type before there was a box to take, and
        // it is never freed: so it needn't be retained either.
        Unmanaged<Copier<Container>>.fromOpaque(storage.pointee.copier.unsafelyUnwrapped)
            ._withUnsafeGuaranteedRef { $0.copy() }
    }

    var hasBox: Bool { storage.pointee.box.pointee != nil }

    /// Keeps a container whose only stored property is its box.
    @inline(never)
    func keep<Container>(_ container: Container, for serial: UInt64) {
        storage.pointee.box.pointee = unsafeBitCast(container, to: AnyObject.self)
        storage.pointee.serial = serial
        let copier = Copier<Container>(box: storage.pointee.box)
        storage.pointee.copier = UnsafeRawPointer(Unmanaged.passRetained(copier).toOpaque())
    }
}

/// What copies a container, with its type at hand: code that knows the type of keys alone would
/// have to look the container's type up each time.
private final class Copier<Container> {
    private let container: UnsafePointer<Container>

    init(box: UnsafeMutablePointer<AnyObject?>) {
        // Safe because a container is nothing but its box.
        container = UnsafeRawPointer(box).assumingMemoryBound(to: Container.self)
    }

    @inline(never)
    func copy() -> Container { container.pointee }
}
