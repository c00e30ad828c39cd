/// A state that encodings or decodings use one after another, and what it needs for that.
///
/// It is a reference that isn't counted, to storage that is never freed; see `ThreadStates`.
protocol ReusedState {
    /// Makes a state that lasts as long as the process.
    init()

    /// How the state is used now.
    var use: StateUse<Self> { get nonmutating set }
}

/// How a state is used.
struct StateUse<State> {
    var isBusy = false
    /// For what begins while the state is in use on the same thread.
    var inner: State?
    /// The first mistake made where the protocols don't allow throwing.
    private(set) var failure: CBORError?
    /// Whether there was one: looking at the mistake itself would copy it.
    private(set) var hasFailed = false

    /// Keeps a mistake, unless there was one before.
    mutating func fail(_ error: CBORError) {
        guard !hasFailed else { return }
        failure = error
        hasFailed = true
    }

    @inline(never)
    mutating func forgetFailure() {
        failure = nil
        hasFailed = false
    }
}

extension ReusedState {
    /// This state or, while it is in use, one that isn't; busy from now on, and without a mistake.
    @inline(__always)
    func begun() -> Self {
        let state = use.isBusy ? firstFree() : self
        state.use.isBusy = true
        // A container that was kept too long may have complained in between.
        if state.use.hasFailed { state.use.forgetFailure() }
        return state
    }

    @inline(never)
    private func firstFree() -> Self {
        var state = self
        while state.use.isBusy {
            let inner = state.use.inner ?? Self()
            state.use.inner = inner
            state = inner
        }
        return state
    }

    /// Throws the mistake that was kept.
    @inline(__always)
    func throwFailure() throws(CBORError) {
        if use.hasFailed, let failure = use.failure { throw failure }
    }
}
