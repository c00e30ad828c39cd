/// All that is needed to check offline that an entry is in a log (C2SP tlog-proof): its index, the
/// way up to the root, and a signed checkpoint.
///
/// Customarily a file with the extension `.tlog-proof`.
package struct ProofFile: Sendable {
    /// How many bytes the part before the checkpoint may have: protects a reader.
    package static let byteLimit = SignedNote.byteLimit
    /// How many hashes an inclusion proof can have in a tree of up to 2^64 − 1 leaves.
    package static let hashLimit = 64

    /// Data for the application, which nothing protects; `nil` if there is none.
    package let extra: [UInt8]?
    /// Which leaf, from 0.
    package let index: UInt64
    /// The siblings on the way from the leaf up to the root.
    package let hashes: [MerkleHash]
    /// The checkpoint with its signatures, as the log gave it.
    package let checkpoint: SignedNote

    /// Puts a proof together.
    ///
    /// - Throws: ``ProofFileError/tooLarge`` if there are too many hashes or extra bytes.
    package init(
        extra: [UInt8]? = nil, index: UInt64, hashes: [MerkleHash], checkpoint: SignedNote
    ) throws(ProofFileError) {
        guard hashes.count <= Self.hashLimit else { throw .tooLarge }
        self.extra = extra
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
        guard self.head.utf8.count <= Self.byteLimit else { throw .tooLarge }
    }

    /// Reads a file; nothing is believed yet.
    ///
    /// Strict: whatever is read gives the same ``bytes`` again.
    ///
    /// - Throws: ``ProofFileError/tooLarge``, ``ProofFileError/malformed``, or the ``NoteError`` of
    ///   the checkpoint.
    package init(parsing bytes: some Collection<UInt8>) throws {
        guard bytes.count <= Self.byteLimit + SignedNote.byteLimit
        else { throw ProofFileError.tooLarge }
        let bytes = Array(bytes)
        let newline = UInt8(ascii: "\n")
        let end = bytes.indices.dropLast().first {
            bytes[$0] == newline && bytes[$0 + 1] == newline
        }
        guard let end, let head = String(validating: bytes[..<end], as: UTF8.self)
        else { throw ProofFileError.malformed }
        // As many lines as there can be, and one more that is then too many.
        var lines = head.utf8.split(
            separator: newline, maxSplits: Self.hashLimit + 3, omittingEmptySubsequences: false
        ).map { String(Substring($0)) }[...]
        guard lines.popFirst()?.utf8.elementsEqual(Self.beginning.utf8) == true
        else { throw ProofFileError.malformed }
        var extra: [UInt8]?
        if let text = lines.first?.value(of: "extra") {
            guard let bytes = StrictBase64.decode(text) else { throw ProofFileError.malformed }
            extra = bytes
            lines.removeFirst()
        }
        guard let index = lines.popFirst()?.value(of: "index"),
            let index = StrictDecimal.decode(index.utf8)
        else { throw ProofFileError.malformed }
        guard lines.count <= Self.hashLimit else { throw ProofFileError.tooLarge }
        let hashes = lines.compactMap { MerkleHash(base64: $0) }
        guard hashes.count == lines.count else { throw ProofFileError.malformed }
        try self.init(
            extra: extra, index: index, hashes: hashes,
            checkpoint: SignedNote(parsing: bytes[(end + 2)...]))
    }

    /// The file.
    package var bytes: [UInt8] { Array((self.head + "\n").utf8) + self.checkpoint.bytes }

    /// Checks that a leaf is in the log.
    ///
    /// - Parameters:
    ///   - leafHash: what ``MerkleHash/leaf(_:)`` gives for the entry, which the caller has.
    ///   - policy: whom to believe about the log.
    /// - Returns: the checkpoint that the leaf is under.
    /// - Throws: what ``CheckpointPolicy/verify(_:)`` throws, or a ``ProofError``.
    @discardableResult
    package func verify(
        leafHash: MerkleHash, policy: CheckpointPolicy
    ) throws -> VerifiedCheckpoint {
        let verified = try policy.verify(self.checkpoint)
        let proof = InclusionProof(
            leafIndex: self.index, treeSize: verified.checkpoint.size, hashes: self.hashes)
        try proof.verify(leafHash: leafHash, root: verified.checkpoint.root)
        return verified
    }

    /// The lines before the empty one.
    private var head: String {
        let extra = self.extra.map { ["extra " + StrictBase64.encode($0)] } ?? []
        let lines = [Self.beginning] + extra + ["index \(self.index)"] + self.hashes.map(\.base64)
        return lines.map { $0 + "\n" }.joined()
    }

    private static let beginning = "c2sp.org/tlog-proof@v1"
}

extension String {
    /// What follows a word and a space at the beginning of a line; `nil` if it begins otherwise.
    fileprivate func value(of word: String) -> String? {
        guard self.utf8.starts(with: "\(word) ".utf8) else { return nil }
        return String(decoding: self.utf8.dropFirst(word.utf8.count + 1), as: UTF8.self)
    }
}

/// Why a proof file was refused.
package enum ProofFileError: Error, Equatable {
    /// It is larger than any proof needs to be, or has more hashes than any tree asks for.
    case tooLarge
    /// It is not written as the specification says.
    case malformed
}
