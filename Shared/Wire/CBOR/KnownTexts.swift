/// What a state remembers of a type of one byte whose raw values are texts, as those of most enums
/// are: which text stands for which value.
///
/// The standard library makes such a value by comparing strings with each case, through a container
/// that it asks for first; that takes longer than everything else about the field.
///
/// A value is remembered only once the type itself has written its raw value, or has read itself
/// from it: from then on the type isn't asked again.  Texts that a type reads as something else
/// are never remembered, so that there are no more than there are values.
struct KnownTexts: KnownType {
    private let storage: UnsafeMutablePointer<Storage>

    private struct Storage {
        let type: ObjectIdentifier
        /// The encoded texts by the numbers that stand for the values in memory.
        var texts: UnsafeMutablePointer<ShortText>?
        /// The numbers of the values in `texts` are less.
        var end = 0
        /// The raw value of the value with a number; nil for a type without such raw values.
        var rawValue: ((UInt8) -> String)?
        var isExamined = false
    }

    /// How many values of a type are remembered.
    private static let greatestEnd = 32

    init(type: ObjectIdentifier) {
        storage = .allocate(capacity: 1)
        storage.initialize(to: Storage(type: type))
    }

    @inline(__always)
    var type: ObjectIdentifier { storage.pointee.type }

    /// The encoded text of a value, or nil where it isn't remembered.
    @inline(__always)
    func text(of number: UInt8) -> UnsafePointer<ShortText>? {
        guard let texts = storage.pointee.texts, Int(number) < storage.pointee.end else {
            return nil
        }
        let text = texts + Int(number)
        return text.pointee.isKnown ? UnsafePointer(text) : nil
    }

    /// The number of the value whose text stands at an offset, and how many bytes it takes; nil
    /// where none is remembered.
    @inline(__always)
    func value(
        ofTextAt offset: Int,
        in reader: ItemReader
    ) -> (number: UInt8, byteCount: Int)? {
        guard let texts = storage.pointee.texts else { return nil }
        for number in 0..<storage.pointee.end {
            let text = texts + number
            if text.pointee.isKnown, reader.holds(UnsafePointer(text), at: offset) {
                return (UInt8(truncatingIfNeeded: number), Int(text.pointee.count))
            }
        }
        return nil
    }

    /// Remembers a value, if the item that it wrote or was read from is its raw value.
    @inline(never)
    func remember<Value>(_ value: Value, as item: UnsafeRawBufferPointer) {
        if !storage.pointee.isExamined {
            storage.pointee.isExamined = true
            storage.pointee.rawValue = (Value.self as? any RawRepresentable.Type).flatMap {
                Wire.rawValue(of: $0)
            }
        }
        guard let rawValue = storage.pointee.rawValue, item.count <= ShortText.capacity else {
            return
        }
        // Safe because types of other sizes are not asked about, and every byte is a number.
        let number = unsafeBitCast(value, to: UInt8.self)
        guard number < Self.greatestEnd else { return }
        var output = ItemWriter(capacity: 64)
        output.writeText(rawValue(number))
        guard ByteOrder.areEqual(output.bytes, item) else { return }
        keep(item, for: Int(number))
    }

    private func keep(_ item: UnsafeRawBufferPointer, for number: Int) {
        let texts =
            storage.pointee.texts
            ?? {
                let texts = UnsafeMutablePointer<ShortText>.allocate(capacity: Self.greatestEnd)
                texts.initialize(repeating: ShortText(), count: Self.greatestEnd)
                return texts
            }()
        storage.pointee.texts = texts
        texts[number].keep(item)
        storage.pointee.end = max(storage.pointee.end, number + 1)
    }
}

/// What gives the raw value of the value with a number, or nil where raw values aren't texts.
private func rawValue<Value: RawRepresentable>(of type: Value.Type) -> ((UInt8) -> String)? {
    guard Value.RawValue.self == String.self, MemoryLayout<Value>.size == 1 else { return nil }
    // Safe because the number is one that a value of the same size gave.
    return { rebind(unsafeBitCast($0, to: Value.self).rawValue, to: String.self) }
}
