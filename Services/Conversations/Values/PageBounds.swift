internal import ConversationsAPI
internal import Postgres
internal import RPC

/// What bounds a page beside the number of its entries, so that a reply stays well within what the
/// protocol carries and the codec reads.
enum PageBounds {
    /// Bytes after which a page ends; the entry that passes it is the last one.
    static let byteCount: Int64 = 1_048_576
    /// Values and names after which a page ends.
    static let itemCount = 32_768

    /// The entries of a page, and its last row where more entries follow.
    struct Page<Value> {
        var values: [Value] = []
        var lastRowIfMore: Row?
    }

    /// Cuts rows to a page.
    ///
    /// Their statement has read up to `limit` + 1 candidates, told their
    /// number as `candidate_count`, and left out those beyond the bound in bytes.
    static func cut<Value: RowDecodable & ItemCounted>(
        _ rows: [Row],
        limit: Int,
        as type: Value.Type
    ) throws -> Page<Value> {
        guard let candidateCount = try rows.first?.get("candidate_count", as: Int64.self) else {
            return Page()
        }
        var page = Page<Value>()
        var itemCount = 0
        var last: Row?
        for row in rows.prefix(limit) where itemCount < Self.itemCount {
            let value = try Value(row: row)
            itemCount += value.itemCount
            page.values.append(value)
            last = row
        }
        if candidateCount > page.values.count { page.lastRowIfMore = last }
        return page
    }
}

/// A message that can tell about how many CBOR items it takes.
protocol ItemCounted {
    /// Values and names, all levels.
    var itemCount: Int { get }
}

extension Conversation: ItemCounted {
    var itemCount: Int {
        60 + JSONMeasure(self.settings).itemCount + JSONMeasure(self.metadata).itemCount
    }
}

extension Message: ItemCounted {
    var itemCount: Int {
        let values = [self.errorDetails, self.outputRouting, self.metadata] + (self.parts ?? [])
        return 60 + values.reduce(0) { $0 + ($1.map { JSONMeasure($0).itemCount } ?? 0) }
    }
}
