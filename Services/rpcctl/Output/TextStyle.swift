/// The few colours there are, or none.
struct TextStyle: Hashable, Sendable {
    let isColored: Bool

    static let plain = Self(isColored: false)

    func bold(_ text: String) -> String { self.wrap(text, "1") }
    func dim(_ text: String) -> String { self.wrap(text, "2") }
    func accent(_ text: String) -> String { self.wrap(text, "36") }
    func good(_ text: String) -> String { self.wrap(text, "32") }
    func warning(_ text: String) -> String { self.wrap(text, "33") }
    func error(_ text: String) -> String { self.wrap(text, "1;31") }
    /// A key of a JSON object.
    func key(_ text: String) -> String { self.wrap(text, "34") }
    /// A JSON string.
    func string(_ text: String) -> String { self.wrap(text, "32") }
    /// Any other JSON scalar.
    func literal(_ text: String) -> String { self.wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String {
        self.isColored && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
