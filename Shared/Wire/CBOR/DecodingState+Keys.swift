extension DecodingState {
    /// All keys of a map that `Key` can express.
    ///
    /// For a dictionary every entry must be expressible and no two the same to Swift, whose strings
    /// compare by canonical equivalence; otherwise an entry would be lost without a word, and
    /// decoding fails when it ends.
    func keys<Key: CodingKey>(of map: UInt32, form: KeyForm) -> [Key] {
        do throws(CBORError) {
            let entry = try container(map)
            var keys: [Key] = []
            keys.reserveCapacity(Int(entry.count))
            var names: Set<String> = []
            var position = ItemPosition(offset: entry.first, container: map + 1)
            for _ in 0..<entry.count {
                let value = try after(position)
                if let key: Key = try key(at: position, form: form) {
                    keys.append(key)
                    let name = form == .integers ? key.intValue.map(String.init) : key.stringValue
                    if form != .codingKeys, let name, !names.insert(name).inserted {
                        throw error(.duplicateKey, at: value.offset)
                    }
                } else if form != .codingKeys {
                    let expected = form == .integers ? "an integer key" : "a text key"
                    throw mismatch(expected: expected, at: position)
                }
                position = try after(value)
            }
            return keys
        } catch {
            fail(error)
            return []
        }
    }

    private func key<Key: CodingKey>(
        at position: ItemPosition,
        form: KeyForm
    ) throws(CBORError) -> Key? {
        let head = try head(at: position)
        if head.major == MajorType.text {
            return Key(stringValue: String(decoding: try reader.content(of: head), as: UTF8.self))
        }
        guard form != .strings, let number = reader.integer(head, as: Int.self) else { return nil }
        return Key(intValue: number)
    }

    /// The bytes of a text key, or nil for a key of another kind.
    @inline(__always)
    func text(ofKey key: ItemPosition) throws(CBORError) -> UnsafeRawBufferPointer? {
        let reader = self.reader
        let head = try reader.head(at: Int(key.offset))
        return head.major == MajorType.text ? try reader.content(of: head) : nil
    }

    /// Looks for a key from one on, and then from the map's first.
    @inline(never)
    func search(
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
}
