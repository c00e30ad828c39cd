internal import FoundationEssentials
internal import RPC
internal import VaultAPI

/// What may be said of a connection.  Pure.
enum ConnectionRules {
    private static let objectByteCount = 16_384

    /// The connection that a request makes.
    static func connection(
        for request: CreateConnection, id: UUID, by person: UUID, at now: Date
    ) throws -> ConnectionRecord {
        var connection = ConnectionRecord(
            id: id, name: try FieldRules.line(request.name, "name", limit: 100),
            type: try Self.type(request.type),
            provider: try FieldRules.line(request.provider, "provider", limit: 50),
            createdBy: person, createdAt: now, updatedAt: now)
        connection.endpointURL = try request.endpointURL.map(Self.endpoint)
        connection.secretID = request.secretID
        connection.groupID = request.groupID
        connection.isActive = request.isActive ?? true
        if let configuration = request.configuration {
            connection.configuration = try FieldRules.object(
                configuration, "configuration", limit: Self.objectByteCount)
        }
        return connection
    }

    /// Changes a connection as a request asks.
    static func change(
        _ connection: inout ConnectionRecord, for request: UpdateConnection
    ) throws {
        if let name = request.name {
            connection.name = try FieldRules.line(name, "name", limit: 100)
        }
        if let type = request.type { connection.type = try Self.type(type) }
        if let provider = request.provider {
            connection.provider = try FieldRules.line(provider, "provider", limit: 50)
        }
        if let endpoint = request.endpointURL {
            connection.endpointURL = try Self.endpoint(endpoint)
        }
        connection.secretID = request.secretID ?? connection.secretID
        connection.groupID = request.groupID ?? connection.groupID
        connection.isActive = request.isActive ?? connection.isActive
        if let configuration = request.configuration {
            connection.configuration = try FieldRules.object(
                configuration, "configuration", limit: Self.objectByteCount)
        }
        for field in request.cleared ?? [] {
            let isSet: Bool
            switch field {
            case "endpointURL":
                isSet = request.endpointURL != nil
                connection.endpointURL = nil
            case "secretID":
                isSet = request.secretID != nil
                connection.secretID = nil
            case "groupID":
                isSet = request.groupID != nil
                connection.groupID = nil
            default:
                throw RPCError.invalid(
                    "cleared", "\(field) is none of endpointURL, secretID, groupID.")
            }
            if isSet { throw RPCError.invalid("cleared", "\(field) is also set.") }
        }
    }

    /// A type, known or another word.
    private static func type(_ type: ConnectionType) throws -> ConnectionType {
        let bytes = Array(type.rawValue.utf8)
        let isWord = bytes.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
        }
        guard isWord, (1...50).contains(bytes.count), (0x61...0x7A).contains(bytes[0]) else {
            throw RPCError.invalid("type", "a word of 1 to 50 lower case letters, digits and _.")
        }
        return type
    }

    /// Where a connection leads: without a password in it.
    private static func endpoint(_ text: String) throws -> String {
        let text = try FieldRules.line(text, "endpointURL", limit: 500)
        guard let url = URL(string: text), let scheme = url.scheme,
            ["http", "https"].contains(scheme), let host = url.host(), !host.isEmpty,
            text.hasPrefix("\(scheme)://")
        else { throw RPCError.invalid("endpointURL", "http:// or https:// and a host.") }
        guard url.user() == nil, url.password() == nil else {
            throw RPCError.invalid("endpointURL", "a password belongs into a secret.")
        }
        return text
    }
}
