/// What a log says of itself at a size (C2SP tlog-checkpoint, “Note text”).
package struct Checkpoint: Sendable {
    /// Which log it is: not empty; for our logs an address without a scheme.
    package let origin: String
    /// How many leaves the tree has.
    package let size: UInt64
    /// The root of the tree of that size.
    package let root: MerkleHash
    /// Further lines, not empty, opaque to everybody but the log.
    ///
    /// Better there are none that nobody can check.
    package let extensions: [String]

    /// Makes a checkpoint.
    ///
    /// - Throws: ``CheckpointError/malformedOrigin`` or ``CheckpointError/malformedExtension`` if a
    ///   line is empty or has control characters; ``CheckpointError/wrongEmptyRoot``.
    package init(
        origin: String, size: UInt64, root: MerkleHash, extensions: [String] = []
    ) throws(CheckpointError) {
        guard Self.isLine(origin) else { throw .malformedOrigin }
        guard extensions.allSatisfy(Self.isLine) else { throw .malformedExtension }
        guard size > 0 || root == .emptyTree else { throw .wrongEmptyRoot }
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads the text of a note, which says nothing unless the note was verified.
    ///
    /// - Throws: ``CheckpointError/malformed`` unless there are three lines and each ends in a
    ///   newline; ``CheckpointError/malformedSize``, ``CheckpointError/malformedRoot``, and what
    ///   ``init(origin:size:root:extensions:)`` throws.
    package init(text: String) throws(CheckpointError) {
        var lines = text.utf8.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.removeLast().isEmpty else { throw .malformed }
        guard let size = StrictDecimal.decode(lines[1]) else { throw .malformedSize }
        guard let root = MerkleHash(base64: String(Substring(lines[2])))
        else { throw .malformedRoot }
        try self.init(
            origin: String(Substring(lines[0])), size: size, root: root,
            extensions: lines[3...].map { String(Substring($0)) })
    }

    /// The text that is signed: each line ends in a newline.
    package var text: String {
        let lines = [self.origin, String(self.size), self.root.base64] + self.extensions
        return lines.map { $0 + "\n" }.joined()
    }

    /// Signs the checkpoint.
    ///
    /// A log signs only what is consistent with everything it has signed before; that is for the
    /// caller to know.
    ///
    /// - Throws: a ``NoteSigningError`` or a ``NoteError``.
    package func signed(by key: NoteSigningKey, timestamp: UInt64? = nil) throws -> SignedNote {
        try SignedNote(
            text: self.text, signatures: [key.sign(self.text, timestamp: timestamp)])
    }

    private static func isLine(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 }
    }
}

/// Checkpoints are equal if their texts are, byte for byte.
extension Checkpoint: Hashable {
    package static func == (one: Checkpoint, other: Checkpoint) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.size)
        hasher.combine(self.root)
    }
}

/// Why a checkpoint was refused.
package enum CheckpointError: Error, Equatable {
    /// There are not three lines, or the last does not end in a newline.
    case malformed
    /// The origin is empty or has control characters.
    case malformedOrigin
    /// The size is not a decimal number below 2^64 without leading zeros.
    case malformedSize
    /// The root is not 32 bytes in base64.
    case malformedRoot
    /// The tree without leaves has a root of its own, which is not this one.
    case wrongEmptyRoot
    /// A further line is empty or has control characters.
    case malformedExtension
    /// It is a checkpoint of another log.
    case otherOrigin
    /// No key of the log has signed it.
    case notSignedByLog
    /// Fewer witnesses than the policy asks for have signed it, or are named by the policy.
    case tooFewWitnesses
}
