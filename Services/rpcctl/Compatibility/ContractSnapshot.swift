import FoundationEssentials
import RPC
import Wire

/// What services offered at one time: enough to tell later whether a caller of then still works.
struct ContractSnapshot: Codable, Hashable, Sendable {
    /// Says what the file is, and how to read it.
    var format = Self.currentFormat
    /// The methods by service; those that every service has are under `rpc`.
    var services: [String: [MethodDescription]]

    static let currentFormat = "steward-contracts/1"
    /// Where the methods go that every service has.
    static let commonService = "rpc"

    init(services: [String: [MethodDescription]]) { self.services = services }

    /// Sorts methods by the service in front of their names, and leaves out what explains them.
    init(methods: [MethodDescription]) {
        self.services = Dictionary(grouping: methods.map(\.undocumented)) { method in
            String(method.name.prefix { $0 != "." })
        }.mapValues { $0.sorted { $0.name < $1.name } }
    }

    /// Reads a file.
    ///
    /// - Parameter origin: its name, for the message.
    /// - Throws: a ``CommandFailure`` with status 65 if it is no snapshot.
    init(file content: [UInt8], from origin: String) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(content))
        } catch {
            throw CommandFailure.invalidRequest(
                "\(origin) is no snapshot of contracts: \(DecodingProblem.text(error)).",
                hints: ["rpcctl snapshot > FILE writes one"])
        }
        guard self.format == Self.currentFormat else {
            throw CommandFailure.invalidRequest(
                "\(origin) has the format “\(self.format)”, which this rpcctl can't read.")
        }
    }

    /// The file's text: JSON with one line a field, so that a change shows as one line.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(self), as: UTF8.self)
        // A whole installation has more items than one message may.
        let value = try CBORValue(
            json: json, limits: CBORLimits(depth: 128, itemCount: 10_000_000))
        return Self.text(of: value, indentation: "") + "\n"
    }

    private static func text(of value: CBORValue, indentation: String) -> String {
        let line = value.json(pretty: false)
        if indentation.utf8.count + line.utf8.count <= 96 { return line }
        let inner = indentation + "  "
        switch value {
        case .map(let pairs):
            let fields = pairs.map { pair in
                inner + pair.key.json(pretty: false) + ": "
                    + self.text(of: pair.value, indentation: inner)
            }
            return "{\n" + fields.joined(separator: ",\n") + "\n" + indentation + "}"
        case .array(let items):
            let elements = items.map { inner + self.text(of: $0, indentation: inner) }
            return "[\n" + elements.joined(separator: ",\n") + "\n" + indentation + "]"
        default:
            return line
        }
    }
}

extension MethodDescription {
    /// Without the sentences about its fields, which promise nothing.
    fileprivate var undocumented: MethodDescription {
        var copy = self
        copy.request = self.request.undocumented
        copy.input = self.input?.undocumented
        copy.reply = self.reply?.undocumented
        copy.element = self.element?.undocumented
        return copy
    }
}

extension TypeDescription {
    fileprivate var undocumented: TypeDescription {
        var copy = self
        copy.fields = self.fields?.map { field in
            FieldDescription(
                name: field.name, type: field.type.undocumented, isOptional: field.isOptional)
        }
        copy.elements = self.elements?.map(\.undocumented)
        return copy
    }
}
