internal import RPC

/// The reason with which a call was refused; `nil` where it was not, and what else went wrong in
/// words.
package func refusal(of work: () async throws -> some Sendable) async -> String? {
    do {
        _ = try await work()
        return nil
    } catch {
        return (error as? RPCError)?.reason ?? "\(error)"
    }
}
