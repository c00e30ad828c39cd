internal import Locks

/// Something that is made when first asked for, once, however many ask.
package final class Once<Value: Sendable>: Sendable {
    private let make: @Sendable () async throws -> Value
    private let task = Mutex<Task<Value, any Error>?>(nil)

    /// Says how to make it.
    package init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

    /// Makes it, or waits for whoever makes it; a failure stays a failure.
    package func value() async throws -> Value {
        let make = self.make
        let task = self.task.withLock { task in
            let running = task ?? Task { try await make() }
            task = running
            return running
        }
        return try await task.value
    }
}
