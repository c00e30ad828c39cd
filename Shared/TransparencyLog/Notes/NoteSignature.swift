/// One line under a note: who claims to have signed it, and the signature (C2SP signed-note).
package struct NoteSignature: Sendable, Hashable {
    /// The name of the key.
    package let name: KeyName
    /// Which key of that name.
    package let keyID: KeyID
    /// What the key's type makes of the text; at least one byte.
    package let bytes: [UInt8]

    /// Makes a line; `nil` without any bytes.
    package init?(name: KeyName, keyID: KeyID, bytes: [UInt8]) {
        guard !bytes.isEmpty else { return nil }
        self.name = name
        self.keyID = keyID
        self.bytes = bytes
    }

    /// Reads a line without its newline; `nil` unless it is exactly what ``line`` gives.
    init?(line: some Collection<UInt8>) {
        guard line.starts(with: Self.beginning) else { return nil }
        let fields = line.dropFirst(Self.beginning.count)
            .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard fields.count == 2,
            let name = String(validating: fields[0], as: UTF8.self).flatMap({ KeyName($0) }),
            let text = String(validating: fields[1], as: UTF8.self),
            let bytes = StrictBase64.decode(text), bytes.count >= 4
        else { return nil }
        let keyID = KeyID(UInt32(truncatingIfNeeded: BigEndian.number(bytes.prefix(4))))
        self.init(name: name, keyID: keyID, bytes: Array(bytes.dropFirst(4)))
    }

    /// The line as it stands in a note, without its newline.
    var line: String {
        "\u{2014} \(self.name.text) \(StrictBase64.encode(self.keyID.bytes + self.bytes))"
    }

    /// An em dash and a space.
    private static let beginning = Array("\u{2014} ".utf8)
}
