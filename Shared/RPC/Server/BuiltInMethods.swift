import Logging

/// The methods that every service has.
extension MethodTable {
    mutating func registerBuiltIns(
        service: String, build: String, health: @escaping @Sendable () async -> [DependencyHealth]
    ) {
        let startedAt = ContinuousClock.now
        self.register(Echo.self) { request, _ in Echo.Reply(body: request.body) }
        self.register(CheckHealth.self) { _, _ in
            let dependencies = await health()
            return CheckHealth.Reply(
                isLive: true,
                isReady: dependencies.allSatisfy(\.isReady),
                service: service, build: build,
                uptimeSeconds: startedAt.duration(to: .now).components.seconds,
                dependencies: dependencies)
        }
        // The table these describe: the service's methods and the built-in ones.
        var described = self
        described.register(ListMethods.self) { _, _ in .init(service: "", build: "", methods: []) }
        described.register(DescribeMethod.self) { _, _ in throw CancellationError() }
        let entries = described.entries
        self.register(ListMethods.self) { _, _ in
            ListMethods.Reply(
                service: service, build: build,
                methods: entries.values.map { MethodSummary($0.contract, shape: $0.shape) }
                    .sorted { $0.name < $1.name })
        }
        self.register(DescribeMethod.self) { request, _ in
            guard let entry = entries[request.method] else {
                throw RPCError(
                    .notFound, reason: "rpc.method_unknown",
                    message: "The service \(service) has no such method.")
            }
            return try entry.describe()
        }
    }
}
