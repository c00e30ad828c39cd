import Glibc
import Locks

/// The states that encodings and decodings on one thread use, one after another.
///
/// Containers refer to a state without counting references, which took a tenth of the time, so a
/// state is never freed: a thread that ends leaves its states to one that begins.  Whatever keeps
/// a container beyond its time finds a state that doesn't know the container any more.
struct ThreadStates {
    let encoding: EncodingState
    let decoding: DecodingState

    /// Those of the thread that asks.
    @inline(__always)
    static var current: ThreadStates {
        guard let pointer = pthread_getspecific(key) else { return adopted() }
        return pointer.assumingMemoryBound(to: ThreadStates.self).pointee
    }

    /// Where a thread keeps the address of its states.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { pointer in
            guard let pointer else { return }
            ThreadStates.idle.withLock { $0.append(Idle(pointer: pointer)) }
        }
        precondition(status == 0, "no key for a thread's states")
        return key
    }()

    /// States whose thread has ended.
    private static let idle = Mutex<[Idle]>([])

    // Safe because a thread puts its states here when it ends, and one takes them out.
    private struct Idle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    @inline(never)
    private static func adopted() -> ThreadStates {
        let pointer =
            idle.withLock { $0.popLast() }?.pointer.assumingMemoryBound(to: ThreadStates.self)
            ?? {
                let pointer = UnsafeMutablePointer<ThreadStates>.allocate(capacity: 1)
                pointer.initialize(
                    to: ThreadStates(encoding: EncodingState(), decoding: DecodingState())
                )
                return pointer
            }()
        // Without room for the address, the next use adopts other states.
        pthread_setspecific(key, pointer)
        return pointer.pointee
    }
}
