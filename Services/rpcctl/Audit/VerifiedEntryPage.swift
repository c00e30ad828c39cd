import AuditAPI
import AuditFormat
import FoundationEssentials
import RPC
import TransparencyLog
import Wire

/// What `rpcctl audit verify FILE` shows of an entry that was proved.
struct VerifiedEntryPage {
    let style: TextStyle

    /// What the proof means, in words.
    func claim(_ entry: VerifiedEntry) -> String {
        let checkpoint = entry.checkpoint
        let who = entry.entry.producer.escapingControls()
        return self.style.good("Proven:")
            + " \(who) recorded \(entry.event.action.rawValue.escapingControls()) at "
            + "\(entry.event.occurredAt.readable), as entry \(entry.logIndex) of "
            + "\(checkpoint.origin.escapingControls()),\nwhose first "
            + "\(checkpoint.size.grouped) entries are signed; it was not changed since."
    }

    /// The claim and everything that the event says.
    func text(_ entry: VerifiedEntry) -> String {
        var table = TextTable(heading: ["", ""], indentation: "  ")
        table.paint = { [style] column, cell in column == 0 ? style.dim(cell) : cell }
        table.rows = Self.rows(entry).compactMap { name, value in value.map { [name, $0] } }
        return self.claim(entry) + "\n\n" + table.text(style: self.style, columnCount: nil)
    }

    /// The same for programs.
    static func value(_ entry: VerifiedEntry) throws -> CBORValue {
        var fields: [(String, CBORValue)] = [
            ("logIndex", CBORValue(Int(entry.logIndex))),
            ("origin", .text(entry.checkpoint.origin)),
            ("treeSize", .unsigned(entry.checkpoint.size)),
            ("root", .text(entry.checkpoint.root.base64)),
            ("producer", .text(entry.entry.producer)),
            ("epoch", CBORValue(Int(entry.entry.epoch))),
            ("sequence", CBORValue(Int(entry.entry.sequence))),
            ("event", try CBORValue(encoding: entry.event)),
        ]
        if let payload = entry.payload {
            fields.append(("payload", try CBORValue(encoding: payload)))
        }
        return .object(fields)
    }

    private static func rows(_ entry: VerifiedEntry) -> [(String, String?)] {
        let event = entry.event
        let payload = entry.payload
        let resource = [event.resourceType, event.resourceID].compactMap(\.self)
        let personal: String? =
            event.payloadCommitment == nil
            ? "none was recorded" : payload == nil ? "not in the file" : nil
        return [
            ("event", event.id.uuidString.lowercased()),
            ("time", event.occurredAt.readable),
            ("action", event.action.rawValue),
            ("outcome", event.outcome.rawValue),
            ("actor", event.actorID?.uuidString.lowercased()),
            ("session", event.sessionID?.uuidString.lowercased()),
            ("method", event.method),
            ("peer", event.peer),
            ("resource", resource.isEmpty ? nil : resource.joined(separator: ":")),
            ("reason", event.reason),
            ("tool execution", event.toolExecutionID?.uuidString.lowercased()),
            ("trace", event.traceID),
            ("sensitive", event.isSensitive ? "yes" : nil),
            ("count", event.count == 1 ? nil : "\(event.count)"),
            ("personal data", personal),
            ("name", payload?.username),
            ("address", payload?.clientAddress),
            ("user agent", payload?.userAgent),
            ("details", payload?.details.flatMap(Self.json)),
            ("changes", payload?.changes.flatMap(Self.json)),
            ("error", payload?.errorMessage),
            (
                "recorded by",
                "\(entry.entry.producer), event \(entry.entry.sequence) of numbering "
                    + "\(entry.entry.epoch)"
            ),
        ]
    }

    private static func json(_ value: JSONValue) -> String? {
        // A value that came out of CBOR goes into it again; if not, JSON shows all of it.
        (try? CBORValue(encoding: value))?.json(pretty: false)
    }
}
