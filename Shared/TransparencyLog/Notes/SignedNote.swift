/// A text and the signatures under it (C2SP signed-note).
///
/// The text says nothing before ``verify(with:)`` has found a signature of a key that is trusted.
package struct SignedNote: Sendable {
    /// How many bytes a note may have: protects a reader from whoever offers it.
    package static let byteLimit = 1_048_576
    /// How many signatures a note may have; the specification asks for at least 16.
    package static let signatureLimit = 100

    /// What was signed: ends in a newline, has no other control characters.
    package let text: String
    /// In the order of their lines, 1 to ``signatureLimit``.
    package private(set) var signatures: [NoteSignature]

    /// Puts signatures under a text.
    ///
    /// - Throws: ``NoteError/malformedText``, ``NoteError/noSignature``,
    ///   ``NoteError/tooManySignatures`` or ``NoteError/tooLarge``.
    package init(text: String, signatures: [NoteSignature]) throws(NoteError) {
        try Self.check(text)
        guard !signatures.isEmpty else { throw .noSignature }
        guard signatures.count <= Self.signatureLimit else { throw .tooManySignatures }
        self.text = text
        self.signatures = signatures
        guard self.bytes.count <= Self.byteLimit else { throw .tooLarge }
    }

    /// Reads a note; nothing is believed yet.
    ///
    /// Strict, so that a note is written in one way only: whatever is read gives the same
    /// ``bytes`` again.
    ///
    /// - Throws: ``NoteError/tooLarge``, ``NoteError/malformedText``,
    ///   ``NoteError/noSignature`` if no empty line with signatures behind it ends the text,
    ///   ``NoteError/malformedSignature`` or ``NoteError/tooManySignatures``.
    package init(parsing bytes: some Collection<UInt8>) throws(NoteError) {
        guard bytes.count <= Self.byteLimit else { throw .tooLarge }
        let bytes = Array(bytes)
        let newline = UInt8(ascii: "\n")
        // The last empty line; there may be others in the text.
        let end = bytes.indices.dropLast().last {
            bytes[$0] == newline && bytes[$0 + 1] == newline
        }
        guard let end else { throw .noSignature }
        guard let text = String(validating: bytes[...end], as: UTF8.self)
        else { throw .malformedText }
        try Self.check(text)
        let block = bytes[(end + 2)...]
        guard !block.isEmpty else { throw .noSignature }
        guard block.last == newline else { throw .malformedSignature }
        let lines = block.dropLast().split(
            separator: newline, maxSplits: Self.signatureLimit, omittingEmptySubsequences: false)
        guard lines.count <= Self.signatureLimit else { throw .tooManySignatures }
        var signatures: [NoteSignature] = []
        for line in lines {
            guard let signature = NoteSignature(line: line) else { throw .malformedSignature }
            signatures.append(signature)
        }
        self.text = text
        self.signatures = signatures
    }

    /// The note as it is written: text, empty line, signatures.
    package var bytes: [UInt8] {
        Array((self.text + "\n" + self.signatures.map { $0.line + "\n" }.joined()).utf8)
    }

    /// Adds a signature, as a witness does.
    ///
    /// - Throws: ``NoteError/tooManySignatures`` or ``NoteError/tooLarge``.
    package mutating func add(_ signature: NoteSignature) throws(NoteError) {
        self = try SignedNote(text: self.text, signatures: self.signatures + [signature])
    }

    private static func check(_ text: String) throws(NoteError) {
        guard text.utf8.last == UInt8(ascii: "\n"),
            text.utf8.allSatisfy({ $0 >= 0x20 || $0 == UInt8(ascii: "\n") })
        else { throw .malformedText }
    }
}

/// Why a note was refused.
package enum NoteError: Error, Equatable {
    /// The note has more than ``SignedNote/byteLimit`` bytes.
    case tooLarge
    /// The text is not UTF-8, has control characters, or does not end in a newline.
    case malformedText
    /// There are no signatures under the text.
    case noSignature
    /// A line under the text is no signature, or does not end in a newline.
    case malformedSignature
    /// The note has more than ``SignedNote/signatureLimit`` signatures.
    case tooManySignatures
    /// Two trusted keys have the same name and ID.
    case ambiguousKey(KeyName, KeyID)
    /// A trusted key's signature does not belong to the text.
    case wrongSignature(KeyName, KeyID)
    /// No trusted key has signed.
    case unknownSigners
}
