/// How the keys of a map that a `Codable` type writes or reads are formed.
enum KeyForm {
    /// Coding keys: an integer where the key has one, otherwise its name.
    case codingKeys
    /// Keys of a dictionary by strings: always text, although the standard library's key offers an
    /// integer for the string "1".
    case strings
    /// Keys of a dictionary by `Int`.
    case integers

    /// Finds the form from the key type asked for and the type that asks.
    @inline(__always)
    init(key: Any.Type, keySize: Int, owner: Any.Type) {
        // The standard library's dictionary key holds a string and an integer. Coding keys that are
        // enums without payload are a byte or nothing, so the slow question is rarely asked.
        if keySize <= 8 {
            self = .codingKeys
        } else {
            self.init(owner: owner)
        }
    }

    @inline(never)
    private init(owner: Any.Type) {
        guard let keyType = (owner as? any UnorderedCollection.Type)?.dictionaryKeyType else {
            self = .codingKeys
            return
        }
        self = keyType == Int.self ? .integers : .strings
    }
}
