import RPC

extension Installation {
    /// Asks all services at the same time; the answers come in the order of their names.
    ///
    /// - Throws: a ``CommandFailure`` with status 69 if there is no service at all.
    func askEach<Answer: Sendable>(
        patience: Duration = ServiceConnection.standardPatience,
        _ ask: @escaping @Sendable (String, Result<ServiceConnection, any Error>) async -> Answer
    ) async throws -> [Answer] {
        let names = self.services()
        guard !names.isEmpty else { throw self.isEmpty }
        return await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, name) in names.enumerated() {
                group.addTask {
                    let connection = Result {
                        try ServiceConnection(
                            service: name, installation: self, patience: patience)
                    }
                    return (index, await ask(name, connection))
                }
            }
            var answers: [(Int, Answer)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Where a service is, for people; empty if its address is none.
    func place(of service: String) -> String {
        // The failure itself is shown where the service is asked.
        (try? self.addresses(of: service))?.map(\.description).joined(separator: ", ") ?? ""
    }

    private var isEmpty: CommandFailure {
        SocketDoctor.examineDirectory(self.runtimeDirectory)
    }
}
