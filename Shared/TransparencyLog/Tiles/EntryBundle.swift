/// Up to 256 entries of a log as they lie in one file (C2SP tlog-tiles, “Log entries”).
///
/// Each entry follows its length, two bytes, the most significant first.
package struct EntryBundle: Sendable, Hashable {
    /// How many bytes one entry may have.
    package static let largestEntry = Int(UInt16.max)

    /// In the order of the log, 1 to 256, each of at most ``largestEntry`` bytes.
    package let entries: [[UInt8]]

    /// Bundles entries.
    ///
    /// - Throws: ``EntryBundleError/wrongEntryCount`` or ``EntryBundleError/entryTooLarge``.
    package init(entries: [[UInt8]]) throws(EntryBundleError) {
        guard (1...TileAddress.fullWidth).contains(entries.count) else { throw .wrongEntryCount }
        guard entries.allSatisfy({ $0.count <= Self.largestEntry }) else { throw .entryTooLarge }
        self.entries = entries
    }

    /// Reads a bundle.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - width: how many entries its address promises, 1 to 256.
    /// - Throws: ``EntryBundleError/truncated`` or ``EntryBundleError/wrongEntryCount``.
    package init(bytes: [UInt8], width: Int) throws(EntryBundleError) {
        guard (1...TileAddress.fullWidth).contains(width) else { throw .wrongEntryCount }
        var entries: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard entries.count < width else { throw .wrongEntryCount }
            guard rest.count >= 2 else { throw .truncated }
            let byteCount = Int(rest.removeFirst()) << 8 | Int(rest.removeFirst())
            guard rest.count >= byteCount else { throw .truncated }
            entries.append(Array(rest.prefix(byteCount)))
            rest = rest.dropFirst(byteCount)
        }
        guard entries.count == width else { throw .wrongEntryCount }
        self.entries = entries
    }

    /// The bundle's file.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.entries.reduce(0) { $0 + 2 + $1.count })
        for entry in self.entries {
            bytes.append(UInt8(entry.count >> 8))
            bytes.append(UInt8(entry.count & 0xFF))
            bytes += entry
        }
        return bytes
    }

    /// The hashes of the entries: those of the level 0 tile of the same index.
    package var leafHashes: [MerkleHash] { self.entries.map { MerkleHash.leaf($0) } }
}

/// Why a bundle of entries was refused.
package enum EntryBundleError: Error, Equatable {
    /// A bundle holds 1 to 256 entries, and as many as its address says.
    case wrongEntryCount
    /// An entry has more than 65,535 bytes.
    case entryTooLarge
    /// The bytes end within an entry.
    case truncated
}
