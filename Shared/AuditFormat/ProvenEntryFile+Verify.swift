package import AuditAPI
package import TransparencyLog

internal import struct FoundationEssentials.Data

extension ProvenEntryFile {
    /// Checks that what the file says is in the log, by a key alone.
    ///
    /// - Parameter key: the log's, from somewhere that is trusted; not from the file.
    /// - Throws: a ``ProvenEntryError`` that says what does not fit.
    package func verify(trusting key: AuditLogKey) throws(ProvenEntryError) -> VerifiedEntry {
        guard let named = Self.key(self.verifierKey), named.isSameLog(as: key)
        else { throw .otherKey(self.verifierKey) }
        let proof = try self.parsedProof()
        guard let index = UInt64(exactly: self.proven.logIndex), index == proof.index
        else { throw .otherIndex(file: self.proven.logIndex, proof: proof.index) }
        let checkpoint: Checkpoint
        do {
            checkpoint = try key.verify(proof.checkpoint)
        } catch {
            throw .checkpoint(error)
        }
        let inclusion = InclusionProof(
            leafIndex: proof.index, treeSize: checkpoint.size, hashes: proof.hashes)
        do {
            try inclusion.verify(
                leafHash: .leaf(self.proven.entry), root: checkpoint.root)
        } catch {
            throw .notInTree(error)
        }
        return try self.verifiedEntry(under: checkpoint)
    }

    private func parsedProof() throws(ProvenEntryError) -> ProofFile {
        do {
            let proof = try ProofFile(parsing: Array(self.proven.proof.utf8))
            // Nothing protects what stands there.
            if proof.extra == nil { return proof }
        } catch {
            throw .malformedField("proof")
        }
        throw .malformedField("proof")
    }

    private func verifiedEntry(
        under checkpoint: Checkpoint
    ) throws(ProvenEntryError) -> VerifiedEntry {
        let entry: LogEntry
        let event: AuditEvent
        do {
            entry = try LogEntry(canonicalBytes: self.proven.entry)
            event = try AuditEvent(bytes: entry.event)
        } catch {
            throw .entryUnreadable
        }
        return VerifiedEntry(
            logIndex: self.proven.logIndex, entry: entry, event: event,
            payload: try self.verifiedPayload(of: event), checkpoint: checkpoint)
    }

    private func verifiedPayload(
        of event: AuditEvent
    ) throws(ProvenEntryError) -> AuditPayload? {
        guard let bytes = self.proven.payload else {
            guard self.proven.salt == nil else { throw .saltWithoutPayload }
            return nil
        }
        guard let commitment = event.payloadCommitment else { throw .payloadNotCommitted }
        guard let salt = self.proven.salt,
            AuditPayload.commitment(toBytes: bytes, salt: salt) == commitment
        else { throw .otherPayload }
        do {
            return try AuditPayload(bytes: bytes)
        } catch {
            throw .payloadUnreadable
        }
    }

    private static func key(_ text: String) -> AuditLogKey? {
        // A key that can't be read is not the one that is trusted.
        try? AuditLogKey(text)
    }
}

/// What a file has proved.
package struct VerifiedEntry: Sendable, Hashable {
    /// Its place in the log, from 0.
    package let logIndex: Int64
    /// The entry with its place among its producer's.
    package let entry: LogEntry
    /// What happened.
    package let event: AuditEvent
    /// What is personal about it, if the file has it.
    package let payload: AuditPayload?
    /// What the log has signed.
    package let checkpoint: Checkpoint
}

/// Why a file was refused.
package enum ProvenEntryError: Error, Hashable, CustomStringConvertible {
    /// It is no JSON object, or too large.
    case notAFile
    /// A newer program wrote it, or it was changed.
    case unknownVersion(Int)
    /// A field is missing or can't be read.
    case malformedField(String)
    /// It says something in another way than it was written in, or more than it should.
    case notCanonical
    /// It names another key than the one that is trusted.
    case otherKey(String)
    /// Its index is not the one that is proved.
    case otherIndex(file: Int64, proof: UInt64)
    /// The checkpoint is not believed.
    case checkpoint(AuditLogKeyError)
    /// The entry is not in the log that the checkpoint speaks of.
    case notInTree(ProofError)
    /// The entry is in the log, and can't be read.
    case entryUnreadable
    /// The event says that it has no payload.
    case payloadNotCommitted
    /// The payload or its salt is not what the event was recorded with.
    case otherPayload
    /// A salt without what it salts.
    case saltWithoutPayload
    /// The payload is the one that was recorded, and can't be read.
    case payloadUnreadable

    package var description: String {
        switch self {
        case .notAFile: "it is no file with a proven entry"
        case .unknownVersion(let version): "its form has version \(version), which is unknown here"
        case .malformedField(let name): "its field “\(name)” is missing or can't be read"
        case .notCanonical: "it is not written as such files are: it was changed or reformatted"
        case .otherKey(let key): "it names another key than the one that is trusted: \(key)"
        case .otherIndex(let file, let proof):
            "it says entry \(file), but proves something of entry \(proof)"
        case .checkpoint(let error): "its checkpoint is not believed: \(error)"
        case .notInTree(let error): "the entry is not in the log that was signed: \(error.sentence)"
        case .entryUnreadable: "the entry is in the log, but can't be read"
        case .payloadNotCommitted: "it has a payload, but the event was recorded without one"
        case .otherPayload: "its payload or salt is not what the event was recorded with"
        case .saltWithoutPayload: "it has a salt, but no payload"
        case .payloadUnreadable: "its payload is the one that was recorded, but can't be read"
        }
    }
}

extension ProofError {
    /// What is wrong, in words.
    package var sentence: String {
        switch self {
        case .indexOutsideTree: "its index lies outside the tree"
        case .sizesOutOfOrder: "the older tree is larger than the newer one"
        case .emptyTree: "nothing follows from an empty tree"
        case .wrongHashCount: "the proof has more or fewer hashes than the tree asks for"
        case .oldRootMismatch: "the hashes lead to another root than the older tree's"
        case .rootMismatch: "the hashes lead to another root"
        }
    }
}
