import Glibc
import NIOCore

/// Bytes of CBOR that grow at the end.
///
/// `ByteBuffer` costs a check for shared storage and several calls on each small write; this is a
/// pointer that moves. The result is copied once into a `ByteBuffer`.
struct ItemWriter: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// The bytes written so far.
    private(set) var count = 0

    init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        self.base = .allocate(byteCount: self.capacity, alignment: 8)
    }

    deinit {
        base.deallocate()
    }

    /// The bytes written so far, for as long as nothing is written.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    /// Takes back all bytes from an index on.
    mutating func truncate(to index: Int) {
        count = min(count, max(0, index))
    }

    /// Takes back all bytes, and gives memory back where there were uncommonly many.
    @inline(__always)
    mutating func reset() {
        count = 0
        if capacity > Self.keptCapacity { release() }
    }

    /// The greatest capacity that is kept for the next use.
    private static var keptCapacity: Int { 65_536 }

    @inline(never)
    private mutating func release() {
        base.deallocate()
        capacity = 1024
        base = .allocate(byteCount: capacity, alignment: 8)
    }

    /// The bytes written so far, in a buffer of their own.
    var buffer: ByteBuffer { ByteBuffer(bytes: bytes) }

    /// Appends the bytes written so far to a buffer.
    func append(to buffer: inout ByteBuffer) {
        buffer.writeBytes(bytes)
    }

    // MARK: Raw bytes

    /// Makes room; every store below stays within it.
    @inline(__always)
    mutating func reserve(_ byteCount: Int) {
        // Neither exceeds what memory holds, so that nothing overflows.
        if capacity &- count < byteCount { grow(byteCount) }
    }

    @inline(never)
    private mutating func grow(_ byteCount: Int) {
        capacity = max(capacity * 2, count + byteCount)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    mutating func writeByte(_ byte: UInt8) {
        reserve(1)
        store(byte)
    }

    @inline(__always)
    mutating func writeBytes(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        guard let source = bytes.baseAddress else { return }
        memcpy(base + count, source, bytes.count)
        count &+= bytes.count
    }

    /// Stores an integer in room that was reserved.
    @inline(__always)
    mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ number: T) {
        base.storeBytes(of: number.bigEndian, toByteOffset: count, as: T.self)
        count &+= MemoryLayout<T>.size
    }

    /// Stores a value as it stands in memory in room that was reserved.
    @inline(__always)
    mutating func store<T: BitwiseCopyable>(raw value: T) {
        (base + count).storeBytes(of: value, as: T.self)
        count &+= MemoryLayout<T>.size
    }

    // MARK: Items

    /// Writes an item's head with the shortest argument (RFC 8949 section 4.1).
    @inline(__always)
    mutating func writeHead(_ major: UInt8, _ argument: UInt64) {
        reserve(9)
        if argument < 24 {
            store(major | UInt8(truncatingIfNeeded: argument))
        } else {
            storeLongHead(major, argument)
        }
    }

    @inline(never)
    private mutating func storeLongHead(_ major: UInt8, _ argument: UInt64) {
        if argument <= 0xff {
            store(major | 24)
            store(UInt8(truncatingIfNeeded: argument))
        } else if argument <= 0xffff {
            store(major | 25)
            store(UInt16(truncatingIfNeeded: argument))
        } else if argument <= 0xffff_ffff {
            store(major | 26)
            store(UInt32(truncatingIfNeeded: argument))
        } else {
            store(major | 27)
            store(argument)
        }
    }

    @inline(__always)
    mutating func writeSigned(_ value: Int64) {
        // Negative numbers are −1 − n, which is the complement.
        let sign = value >> 63
        writeHead(
            MajorType.negative & UInt8(truncatingIfNeeded: sign),
            UInt64(bitPattern: value ^ sign)
        )
    }

    @inline(__always)
    mutating func writeBool(_ value: Bool) {
        writeByte(value ? InitialByte.true : InitialByte.false)
    }

    mutating func writeNull() {
        writeByte(InitialByte.null)
    }

    @inline(__always)
    mutating func writeText(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable {
            writeString(MajorType.text, UnsafeRawBufferPointer($0))
        }
        if isWritten == nil { writeBridgedText(text) }
    }

    /// Writes a text whose UTF-8 doesn't lie in one piece.
    @inline(never)
    private mutating func writeBridgedText(_ text: String) {
        Array(text.utf8).withUnsafeBytes { writeString(MajorType.text, $0) }
    }

    /// Writes the head of a byte or text string, and its content.
    @inline(__always)
    private mutating func writeString(_ major: UInt8, _ content: UnsafeRawBufferPointer) {
        reserve(9 &+ content.count)
        if content.count < 24 {
            store(major | UInt8(truncatingIfNeeded: content.count))
        } else if content.count <= 0xff {
            store(UInt16(major | 24) << 8 | UInt16(truncatingIfNeeded: content.count))
        } else {
            storeLongHead(major, UInt64(content.count))
        }
        guard let source = content.baseAddress else { return }
        memcpy(base + count, source, content.count)
        count &+= content.count
    }

    /// Writes an array of texts.
    @inline(never)
    mutating func writeTexts(_ texts: [String]) {
        writeHead(MajorType.array, UInt64(texts.count))
        texts.withUnsafeBufferPointer { texts in
            for index in texts.indices { writeText(texts[index]) }
        }
    }

    /// Writes a map's key.
    mutating func writeKey(_ key: some CodingKey, form: KeyForm) {
        if form != .strings, let number = key.intValue {
            writeSigned(Int64(number))
        } else {
            writeText(key.stringValue)
        }
    }

    /// Writes an item that was encoded before.
    @inline(__always)
    mutating func write(_ item: UnsafePointer<ShortText>) {
        reserve(ShortText.capacity)
        // One copy of a fixed size, of which only the item's own bytes stay.
        (base + count).storeBytes(of: item.pointee.words, as: (UInt64, UInt64, UInt64).self)
        count &+= Int(item.pointee.count)
    }

    mutating func writeByteString(_ bytes: UnsafeRawBufferPointer) {
        writeString(MajorType.bytes, bytes)
    }

    /// Writes the shortest of the three widths that holds the number exactly; a NaN of any payload
    /// as `f97e00` (RFC 8949 section 4.2.2).
    mutating func writeFloat(_ value: Double) {
        reserve(9)
        guard !value.isNaN else {
            store(InitialByte.half)
            store(UInt16(0x7e00))
            return
        }
        let single = Float(value)
        guard Double(single) == value else {
            store(InitialByte.double)
            store(value.bitPattern)
            return
        }
        let half = Float16(single)
        if Float(half) == single {
            store(InitialByte.half)
            store(half.bitPattern)
        } else {
            store(InitialByte.single)
            store(single.bitPattern)
        }
    }

    // MARK: Containers

    /// Fills in a byte that was reserved.
    @inline(__always)
    mutating func setByte(_ byte: UInt8, at index: Int) {
        precondition(index >= 0 && index < count)
        base.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
    }

    /// Fills in the head of a container whose first byte was reserved before its items were
    /// written, and moves the items where the count needs more than that byte.
    mutating func setHead(_ major: UInt8, _ itemCount: UInt64, at index: Int) {
        let end = count
        count = index
        guard itemCount >= 24 else {
            store(major | UInt8(truncatingIfNeeded: itemCount))
            count = end
            return
        }
        let extra =
            itemCount <= 0xff ? 1 : itemCount <= 0xffff ? 2 : itemCount <= 0xffff_ffff ? 4 : 8
        count = end
        reserve(extra)
        let items = base + (index + 1)
        (items + extra).copyMemory(from: items, byteCount: end - (index + 1))
        count = index
        storeLongHead(major, itemCount)
        count = end + extra
    }

    /// Sorts adjacent runs of bytes, each beginning at one of the indices and the last ending with
    /// the bytes written, in bytewise order.
    ///
    /// For a map's entries that is the order of their encoded keys (RFC 8949 section 4.2.1), since
    /// no encoded item is the beginning of another.
    mutating func sortItems(beginningAt starts: some RandomAccessCollection<Int>) {
        guard let first = starts.first else { return }
        let items = [UInt8](bytes[first...])
        items.withUnsafeBytes { items in
            var runs: [Range<Int>] = []
            runs.reserveCapacity(starts.count)
            for (start, end) in zip(starts, [Int](starts.dropFirst()) + [count]) {
                runs.append(start - first..<end - first)
            }
            func precedes(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
                ByteOrder.precedes(
                    UnsafeRawBufferPointer(rebasing: items[one]),
                    UnsafeRawBufferPointer(rebasing: items[other])
                )
            }
            guard !zip(runs, runs.dropFirst()).allSatisfy({ !precedes($1, $0) }) else { return }
            runs.sort(by: precedes)
            count = first
            for run in runs { writeBytes(UnsafeRawBufferPointer(rebasing: items[run])) }
        }
    }
}
