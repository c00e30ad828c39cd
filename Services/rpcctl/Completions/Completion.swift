import ArgumentParser
import RPC

/// What the shell may offer, asked of the services as they are.
///
/// A shell that completes shows no errors: what can't be learnt is not offered.
enum Completion {
    static let services = CompletionKind.custom { words, index, prefix in
        let line = CompletionLine(words: words, index: index)
        // As above.
        return (try? line.installation().services().filter { $0.hasPrefix(prefix) }) ?? []
    }

    static let contexts = CompletionKind.custom { _, _, prefix in
        // As above.
        let configuration = try? ContextFile(path: CommandEnvironment.current.configurationPath)
            .load()
        return (configuration?.contexts.keys.sorted() ?? []).filter { $0.hasPrefix(prefix) }
    }

    /// A method, or first the service to ask for it.
    static let methods = CompletionKind.custom { words, index, prefix in
        await Self.methods(CompletionLine(words: words, index: index), prefix)
    }

    /// A method, then the fields of its request and their values.
    static let call = CompletionKind.custom { words, index, prefix in
        let line = CompletionLine(words: words, index: index)
        guard let target = line.target else { return await Self.methods(line, prefix) }
        do {
            let installation = try line.installation()
            let connection = try ServiceConnection(
                service: target.service(in: installation), installation: installation,
                patience: Self.patience)
            let description = try await connection.describe(target.method)
            return FieldCompletion(request: description.request, given: target.rest)
                .candidates(for: prefix)
        } catch {
            // As above.
            return []
        }
    }

    /// A person who waits for a list wants none rather than a late one.
    private static let patience = Duration.seconds(2)

    private static func methods(_ line: CompletionLine, _ prefix: String) async -> [String] {
        do {
            let installation = try line.installation()
            if line.service != nil || installation.addressOverride != nil {
                let connection = try ServiceConnection(
                    service: line.service, installation: installation, patience: Self.patience)
                return try await connection.list().methods.map(\.name).matching(prefix)
            }
            let lists = try await installation.askEach { _, connection in
                // A service that does not answer has no methods to offer.
                (try? await connection.get().list().methods.map(\.name)) ?? []
            }
            let methods = Set(lists.joined()).sorted().matching(prefix)
            // The service's own name comes first only where its methods do not say it.
            return methods.isEmpty ? installation.services().matching(prefix) : methods
        } catch {
            // As above: without services there is nothing to offer.
            return []
        }
    }
}

extension [String] {
    fileprivate func matching(_ prefix: String) -> [String] { self.filter { $0.hasPrefix(prefix) } }
}
