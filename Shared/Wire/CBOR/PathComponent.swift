/// One step from an item to an item inside it, for error paths and coding paths.
enum PathComponent: CodingKey {
    /// The value of a text key.
    case field(String)
    /// The value of an integer key.
    case number(Int)
    /// An array's element.
    case element(Int)
    /// The value of a key of another kind, in diagnostic notation.
    case other(String)

    init(_ key: any CodingKey) {
        if let component = key as? PathComponent {
            self = component
        } else if let number = key.intValue {
            self = .number(number)
        } else {
            self = .field(key.stringValue)
        }
    }

    init(stringValue: String) { self = .field(stringValue) }

    init(intValue: Int) { self = .element(intValue) }

    var stringValue: String {
        switch self {
        case .field(let name), .other(let name): name
        case .number(let number), .element(let number): String(number)
        }
    }

    var intValue: Int? {
        switch self {
        case .field, .other: nil
        case .number(let number), .element(let number): number
        }
    }

    /// The longest key that a path shows whole, in characters.
    private static let shownLength = 64

    /// Writes the steps as `message.parts[3].size`; integer keys as `{7}`, other names quoted.
    static func path(_ components: [PathComponent]) -> String {
        var path = ""
        for component in components {
            switch component {
            case .field(let name) where isPlain(name):
                if !path.isEmpty { path += "." }
                path += name
            case .field(let name):
                path += "["
                // Not characters: one of those may hold any number of combining marks.
                path += String(name.unicodeScalars.prefix(shownLength)).debugDescription
                path += name.unicodeScalars.count > shownLength ? "…]" : "]"
            case .element(let index): path += "[\(index)]"
            case .number(let number): path += "{\(number)}"
            case .other(let notation):
                path += "{"
                path += String(notation.unicodeScalars.prefix(shownLength))
                path += notation.unicodeScalars.count > shownLength ? "…}" : "}"
            }
        }
        return path
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= shownLength
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
