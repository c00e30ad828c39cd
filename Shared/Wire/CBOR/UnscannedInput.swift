/// An input whose scan is put off: one short map, whose fields are checked as they are read.
///
/// Most messages hold nothing but what their type asks for, field by field in this order; a scan
/// would look at every byte a second time.  Such a map is accepted without one once all its fields
/// have been read and nothing follows: every value was within the input and UTF-8, and every key
/// was another.  Anything else is a surprise, which refuses nothing: the input is scanned as any
/// other, and reading goes on with the table of its containers.
struct UnscannedInput: BitwiseCopyable {
    /// Whether there is such an input and nothing has been a surprise yet.
    private(set) var isOpen = false
    /// Whether a container for the map has been made; another would be a surprise.
    private(set) var isBeingRead = false
    private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The number of the map.
    private(set) var map: UInt32 = 0
    /// Where the next key is.
    private(set) var cursor = ItemPosition(offset: 0, container: 0)
    /// How many fields haven't been read.
    private(set) var remaining = 0
    /// What is remembered of the keys that the map is read by.
    private(set) var keys: KnownKeys?
    /// The keys of the fields that were read, by their bits.
    private(set) var read: UInt32 = 0
    /// The keys of the fields that are taken for absent, by their bits.
    private(set) var absent: UInt32 = 0

    /// Puts a scan off where that may be worthwhile.
    ///
    /// An item takes a byte or more, and what is read has at most two levels: so no limit needs to
    /// be looked at again.
    @inline(__always)
    mutating func open(_ bytes: UnsafeRawBufferPointer, limits: CBORLimits, map: UInt32) -> Bool {
        guard 1...limits.itemCount ~= bytes.count, limits.depth >= 2 else { return false }
        let count = bytes[unchecked: 0] &- MajorType.map
        guard count < 24 else { return false }
        self.bytes = bytes
        self.map = map
        cursor = ItemPosition(offset: 1, container: map &+ 1)
        remaining = Int(count)
        read = 0
        absent = 0
        isBeingRead = false
        isOpen = true
        return true
    }

    @inline(__always)
    mutating func close() { isOpen = false }

    /// Whether a position is that of the map and nobody reads it; from now on somebody does.
    @inline(__always)
    mutating func begin(at position: ItemPosition, keys: KnownKeys) -> Bool {
        guard isOpen, !isBeingRead, position.container == map, position.offset == 0 else {
            return false
        }
        isBeingRead = true
        self.keys = keys
        return true
    }

    /// Whether the field of a key comes next and no other field of that key was read.
    @inline(__always)
    func hasNext(_ key: UnsafePointer<ShortText>, in map: UInt32) -> Bool {
        map == self.map && remaining > 0 && read & key.pointee.bit == 0
            && ItemReader(bytes: bytes).holds(key, at: Int(cursor.offset))
    }

    /// Counts a field as read, and goes on behind its value, which holds so many containers.
    @inline(__always)
    mutating func pass(_ key: UnsafePointer<ShortText>, to end: Int, containers: UInt32) {
        cursor.offset = UInt32(truncatingIfNeeded: end)
        cursor.container &+= containers
        remaining &-= 1
        read |= key.pointee.bit
    }

    /// Whether the field of a key may be taken for absent: none is left, or the next one is of a
    /// key that the type declares later.
    ///
    /// It is wrong where fields are in another order.  Then one is left in the end, or `isAbsent`
    /// turns out not to hold.
    mutating func skips(_ key: UnsafePointer<ShortText>, in map: UInt32) -> Bool {
        guard map == self.map, isBeingRead, let keys, read & key.pointee.bit == 0,
            // One with a number may come under its name, which the scan looks for.
            key.pointee.isText
        else { return false }
        if remaining > 0 {
            let reader = ItemReader(bytes: bytes)
            let offset = Int(cursor.offset)
            guard keys.containsLater(than: key, where: { reader.holds($0, at: offset) }) else {
                return false
            }
        }
        absent |= key.pointee.bit
        return true
    }

    /// Whether the whole input has been read, and every answer was right.
    @inline(__always)
    var isComplete: Bool {
        remaining == 0 && Int(cursor.offset) == bytes.count && read & absent == 0
    }
}
