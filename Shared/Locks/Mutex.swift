#if STEWARD_THREAD_SANITIZER

import Glibc

/// A lock around a value, for builds for ThreadSanitizer only.
///
/// On Linux, `Synchronization.Mutex` is a futex whose atomics lie in the standard library, which
/// is not instrumented: where threads contend for one, the sanitizer sees no order between them
/// and reports what the lock protects as a race.  The locks of pthreads it knows.  A declaration of
/// this module hides the one that the module passes on, so nothing else is written differently.
package struct Mutex<Value: ~Copyable>: ~Copyable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    package init(_ initialValue: consuming sending Value) {
        lock = .allocate(capacity: 1)
        let status = pthread_mutex_init(lock, nil)
        precondition(status == 0, "a lock could not be made")
        value = .allocate(capacity: 1)
        value.initialize(to: initialValue)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    package borrowing func withLock<Result: ~Copyable, E: Error>(
        _ body: (inout sending Value) throws(E) -> sending Result
    ) throws(E) -> sending Result {
        let status = pthread_mutex_lock(lock)
        precondition(status == 0, "a lock could not be taken")
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }

    package borrowing func withLockIfAvailable<Result: ~Copyable, E: Error>(
        _ body: (inout sending Value) throws(E) -> sending Result
    ) throws(E) -> sending Result? {
        guard pthread_mutex_trylock(lock) == 0 else { return nil }
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }
}

// Safe because whoever reaches the value holds the lock.
extension Mutex: @unchecked Sendable where Value: ~Copyable {}

#endif
