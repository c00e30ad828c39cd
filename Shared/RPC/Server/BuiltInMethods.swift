/// The methods that every service has.
extension MethodTable {
    /// Nothing but them.
    package static var builtIn: MethodTable {
        var table = MethodTable()
        _ = table.registerBuiltIns(
            ServerFacts(service: "", build: "", counters: ConnectionCounters()), health: { [] },
            database: { nil })
        return table
    }

    /// - Returns: what the calls of all methods of this table, the built-in ones too, count in.
    mutating func registerBuiltIns(
        _ facts: ServerFacts, health: @escaping @Sendable () async -> [DependencyHealth],
        database: @escaping @Sendable () -> DatabaseFigures?
    ) -> CallCounters {
        self.register(Echo.self) { request, _ in Echo.Reply(body: request.body) }
        self.register(CheckHealth.self) { _, _ in
            let dependencies = await health()
            return CheckHealth.Reply(
                isLive: true,
                isReady: dependencies.allSatisfy(\.isReady),
                service: facts.service, build: facts.build,
                uptimeSeconds: facts.uptimeSeconds,
                dependencies: dependencies)
        }
        // The table these describe: the service's methods and the built-in ones.
        var described = self
        described.register(ListMethods.self) { _, _ in .init(service: "", build: "", methods: []) }
        described.register(DescribeMethod.self) { _, _ in throw CancellationError() }
        described.register(ReadStatistics.self) { _, _ in throw CancellationError() }
        let entries = described.entries
        self.register(ListMethods.self) { _, _ in
            ListMethods.Reply(
                service: facts.service, build: facts.build,
                methods: entries.values.map { MethodSummary($0.contract, shape: $0.shape) }
                    .sorted { $0.name < $1.name })
        }
        self.register(DescribeMethod.self) { request, _ in
            guard let entry = entries[request.method] else {
                throw RPCError(
                    .notFound, reason: "rpc.method_unknown",
                    message: "The service \(facts.service) has no such method.")
            }
            return try entry.describe()
        }
        let calls = CallCounters(methods: entries.keys)
        self.register(ReadStatistics.self) { _, _ in
            facts.statistics(calls, database: database())
        }
        self.count(in: calls)
        return calls
    }
}
