package import AuditAPI
package import AuditFormat
package import Foundation
package import TransparencyLog

/// A log in memory, signed by a key of its own.
package struct SampleLog: Sendable {
    package var entries: [StoredEntry] = []
    package let key: NoteSigningKey
    package let origin: String

    package init(_ count: Int, origin: String = "example.org/audit", seed: UInt8 = 1) throws {
        guard let name = KeyName("example.org/audit") else { throw CocoaError(.coderInvalidValue) }
        self.origin = origin
        self.key = try NoteSigningKey(name: name, seed: Array(repeating: seed, count: 32))
        for index in 0..<count { try self.append(index) }
    }

    /// A log in a later epoch, which goes on from a part of an earlier one.
    ///
    /// - Parameter isBound: whether it says what root the part has.
    package init(
        _ count: Int, after earlier: SampleLog, keeping keptCount: Int, logEpoch: Int64 = 2,
        isBound: Bool = true
    ) throws {
        self.origin = "example.org/audit/\(logEpoch)"
        self.key = earlier.key
        let kept = try earlier.checkpoint(size: keptCount)
        let signed = try earlier.checkpoint(size: earlier.entries.count)
        let link = EpochLink(
            kept: .init(size: Int64(keptCount), root: isBound ? kept.root : nil),
            signed: .init(size: Int64(earlier.entries.count), root: signed.root),
            coveredSize: Int64(keptCount))
        let event = AuditEvent(
            id: Self.id(0xFFFF), occurredAt: Date(timeIntervalSince1970: 1_700_000_000),
            action: .auditEpochBegun, resourceType: "log_epoch", resourceID: "\(logEpoch)",
            reason: link.text)
        let entry = LogEntry(
            producer: "log", epoch: logEpoch, sequence: 1, event: try event.canonicalBytes,
            receivedAt: Date(timeIntervalSince1970: 1_700_000_000))
        self.entries = [
            StoredEntry(
                logIndex: 0, entry: try entry.canonicalBytes,
                leafHash: Data(try entry.leafHash.bytes))
        ]
        for index in 0..<count { try self.append(index) }
    }

    /// Adds an entry that is made up.
    package mutating func append(_ entry: LogEntry) throws {
        self.entries.append(
            StoredEntry(
                logIndex: Int64(self.entries.count), entry: try entry.canonicalBytes,
                leafHash: Data(try entry.leafHash.bytes)))
    }

    package var trusted: AuditLogKey { AuditLogKey(self.key.verifierKey) }

    /// Two producers in turn; every other event has a payload.
    private mutating func append(_ index: Int) throws {
        let salt = Data(repeating: UInt8(index % 251), count: AuditPayload.saltByteCount)
        let payload = try AuditPayload(username: "Ada \(index)").canonicalBytes
        let hasPayload = index.isMultiple(of: 2)
        let event = AuditEvent(
            id: Self.id(index), occurredAt: Date(timeIntervalSince1970: 1_700_000_000),
            action: .signedIn, resourceType: "user", resourceID: "\(index)",
            payloadCommitment: hasPayload
                ? AuditPayload.commitment(toBytes: payload, salt: salt) : nil)
        let entry = LogEntry(
            producer: index.isMultiple(of: 2) ? "identity" : "conversations", epoch: 1,
            sequence: Int64(index / 2 + 1), event: try event.canonicalBytes)
        self.entries.append(
            StoredEntry(
                logIndex: Int64(self.entries.count), entry: try entry.canonicalBytes,
                leafHash: Data(try entry.leafHash.bytes), payload: hasPayload ? payload : nil,
                salt: hasPayload ? salt : nil))
    }

    package static func id(_ index: Int) -> UUID {
        let digits = String(index, radix: 16)
        let text = String(repeating: "0", count: 12 - digits.count) + digits
        return UUID(uuidString: "0199a0f0-0000-7000-8000-\(text)") ?? UUID()
    }

    /// The signed root of the first entries.
    package func note(size: Int) throws -> SignedNote {
        try self.checkpoint(size: size).signed(by: self.key)
    }

    package func checkpoint(size: Int) throws -> Checkpoint {
        var range = CompactRange()
        var last: [String: ProducerPlace] = [:]
        for stored in self.entries.prefix(size) {
            try range.append(.leaf(stored.entry))
            let entry = try LogEntry(canonicalBytes: stored.entry)
            last[entry.producer] = entry.place
        }
        return try Checkpoint(
            origin: self.origin, size: UInt64(size), root: range.root,
            extensions: CheckpointProducers(last).lines)
    }

    /// The log's tiles.
    package func tiles() throws -> [Tile] {
        var edge = RightEdge()
        var tiles: [Tile] = []
        for entry in self.entries { tiles += try edge.append([.leaf(entry.entry)]) }
        return tiles
    }

    package func file(_ index: Int) throws -> ProvenEntryFile {
        let entry = self.entries[index]
        let tiles = TileSet(try self.tiles())
        let proof = try InclusionProof(
            leafIndex: UInt64(index), treeSize: UInt64(self.entries.count), tiles: tiles)
        let file = try ProofFile(
            index: UInt64(index), hashes: proof.hashes,
            checkpoint: self.note(size: self.entries.count))
        return ProvenEntryFile(
            ProvenEntry(
                logIndex: entry.logIndex, entry: entry.entry, payload: entry.payload,
                salt: entry.salt, proof: String(decoding: file.bytes, as: UTF8.self)),
            verifierKey: self.key.verifierKey.text)
    }
}
