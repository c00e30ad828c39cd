import RPC

extension Installation {
    /// How long a service is asked for names that only make a message more helpful.
    private static let suggestionPatience = Duration.seconds(2)

    /// The method that somebody probably meant who left out its service or named another.
    ///
    /// - Parameter word: `SignIn`, `signin`, or `conversations.SignIn`.
    func method(near word: String) async -> String? {
        let lists = try? await self.askEach(patience: Self.suggestionPatience) { _, connection in
            // A service that can't be asked has nothing to suggest.
            (try? await connection.get().list().methods.map(\.name)) ?? []
        }
        // As above.
        return Suggestion.method(near: word, among: Set((lists ?? []).joined()).sorted())
    }
}

extension Suggestion {
    /// The nearest method by what comes after the service's name, which says nothing here.
    static func method(near word: String, among methods: [String]) -> String? {
        let names = methods.map(Self.lastPart)
        guard let near = self.closest(to: Self.lastPart(of: word), among: names) else { return nil }
        return methods.first { Self.lastPart(of: $0) == near }
    }

    private static func lastPart(of method: String) -> String {
        String(method.split(separator: ".").last ?? "")
    }
}

extension MethodTarget {
    /// Reads `METHOD …` or `SERVICE METHOD …`; a word that is neither is answered with the method
    /// that was meant, if a service has one like it.
    static func read(
        _ words: [String], in installation: Installation
    ) async throws -> MethodTarget {
        do {
            return try MethodTarget(words: words)
        } catch var failure as CommandFailure {
            if let word = words.first, installation.addressOverride == nil,
                let near = await installation.method(near: word)
            {
                failure.hints = ["did you mean “\(near)”?"]
            }
            throw failure
        }
    }
}
