internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC

/// Which settings there are and what may be chosen.
enum SettingRules {
    /// The form in which a value is stored.
    ///
    /// - Throws: `identity.not_found` for an unknown key, `identity.setting_invalid` for a value of
    ///   another type.
    static func check(key: String, value: JSONValue) throws(RPCError) -> JSONText {
        switch (key, value) {
        case ("sign_up.is_open", .boolean(let isOpen)):
            return JSONText(isOpen ? "true" : "false")
        case ("sign_up.is_open", _):
            throw .invalid("value", "setting_invalid", "\(key) is true or false.")
        default:
            throw .notFound("setting")
        }
    }

    /// A stored value as it goes over the wire.
    static func decode(_ stored: JSONText) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(stored.text.utf8))
    }
}
