internal import Postgres
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// All SQL about the tiles of the tree.
struct TileStore: Sendable {
    let database: Database

    /// The tiles at some addresses, as wide as they are by now; missing ones are left out.
    func tiles(
        _ addresses: [TileAddress], logEpoch: Int64, deadline: ContinuousClock.Instant? = nil
    ) async throws -> [Tile] {
        guard !addresses.isEmpty else { return [] }
        let levels = addresses.map { Int64(Self.level(of: $0)) }
        let indices = addresses.map { Int64(clamping: $0.index) }
        return try await self.database.query(
            """
            SELECT t.level, t.tile_index, t.hashes
            FROM unnest(\(levels), \(indices)) AS wanted (level, tile_index)
            JOIN audit.tiles AS t ON t.log_epoch = \(logEpoch)
                AND t.level = wanted.level::smallint AND t.tile_index = wanted.tile_index
            """,
            as: .nobody, deadline: deadline
        ).rows.compactMap(Self.tile)
    }

    /// The tiles of a plan, from which its hashes are computed.
    func tiles(
        of plan: ProofPlan, logEpoch: Int64, deadline: ContinuousClock.Instant? = nil
    ) async throws -> TileSet {
        TileSet(try await self.tiles(plan.tiles, logEpoch: logEpoch, deadline: deadline))
    }

    /// The root of the tree of a size, from its tiles.
    ///
    /// - Throws: ``TileSetError`` if tiles are missing; what the database throws.
    func root(
        size: Int64, logEpoch: Int64, deadline: ContinuousClock.Instant? = nil
    ) async throws -> MerkleHash {
        let plan = ProofPlan(rootOfSize: UInt64(clamping: size))
        let tiles = try await self.tiles(of: plan, logEpoch: logEpoch, deadline: deadline)
        let hashes = try plan.hashes { subtree throws(TileSetError) in
            try tiles.hash(of: subtree)
        }
        return hashes.first ?? .emptyTree
    }

    /// The edge from which a tree of a size grows.
    ///
    /// - Throws: ``TileError/wrongTile(_:)`` if tiles are missing; what the database throws.
    func rightEdge(size: Int64, logEpoch: Int64) async throws -> RightEdge {
        let size = UInt64(clamping: size)
        let tiles = try await self.tiles(RightEdge.partialTiles(size: size), logEpoch: logEpoch)
        return try RightEdge(size: size) { address in
            let found = tiles.first {
                $0.level == Self.level(of: address) && $0.index == address.index
            }
            guard let found else { throw TileError.wrongTile(address) }
            return found
        }
    }

    /// Writes tiles that are new or have grown.
    static func write(_ tiles: [Tile], logEpoch: Int64) -> SQL {
        """
        INSERT INTO audit.tiles AS t (log_epoch, level, tile_index, width, hashes)
        SELECT \(logEpoch), level::smallint, tile_index, width::smallint, hashes
        FROM unnest(
            \(tiles.map { Int64($0.level) }), \(tiles.map { Int64(clamping: $0.index) }),
            \(tiles.map { Int64($0.hashes.count) }), \(tiles.map { Data($0.bytes) })
        ) AS added (level, tile_index, width, hashes)
        ON CONFLICT (log_epoch, level, tile_index)
            DO UPDATE SET width = excluded.width, hashes = excluded.hashes
        """
    }

    /// The level of a tile of hashes.
    static func level(of address: TileAddress) -> Int {
        guard case .hashes(let level) = address.content else { return 0 }
        return level
    }

    /// Reads a row; `nil` if its hashes are none.
    static func tile(_ row: Row) throws -> Tile? {
        Tile(
            level: Int(try row.get("level", as: Int16.self)),
            index: UInt64(clamping: try row.get("tile_index", as: Int64.self)),
            bytes: try row.get("hashes"))
    }
}
