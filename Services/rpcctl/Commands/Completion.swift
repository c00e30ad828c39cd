import ArgumentParser
import RPC

/// Names for the shell's completion, asked of the services as they are.
enum Completion {
    static let services = CompletionKind.custom { _, _, prefix in
        // A shell that completes shows no errors: what can't be learnt is not offered.
        (try? Self.installation().services().filter { $0.hasPrefix(prefix) }) ?? []
    }

    static let methods = CompletionKind.custom { _, _, prefix in await Self.methods(prefix) }

    private static func installation() throws -> Installation {
        let environment = CommandEnvironment.current
        return try Installation(
            named: nil, address: nil, environment: environment,
            configuration: try ContextFile(path: environment.configurationPath).load())
    }

    private static func methods(_ prefix: String) async -> [String] {
        do {
            let lists = try await Self.installation().askEach { _, connection in
                // A service that does not answer has no methods to offer.
                (try? await connection.get().list().methods.map(\.name)) ?? []
            }
            return Set(lists.joined()).filter { $0.hasPrefix(prefix) }.sorted()
        } catch {
            // As above: without services there is nothing to offer.
            return []
        }
    }
}
