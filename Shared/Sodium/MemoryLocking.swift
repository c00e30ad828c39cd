internal import CSodium
internal import Locks

/// What keeps a process's secrets out of swap, of cores, and from the eyes of its neighbours.
package enum MemoryLocking {
    private static let required = Atomic(false)
    private static let probeByteCount = 4_096

    /// Whether every ``SecretBytes`` has to lie in locked memory.
    package static var isRequired: Bool { self.required.load(ordering: .relaxed) }

    /// Checks that memory can be locked; from now on no secret is made whose memory cannot be.
    ///
    /// libsodium's own allocation hides that it could not lock.
    ///
    /// - Throws: ``SodiumError/memoryNotLocked``.
    package static func require() throws(SodiumError) {
        try Sodium.initialize()
        guard let probe = unsafe sodium_malloc(Self.probeByteCount) else { throw .outOfMemory }
        defer { unsafe sodium_free(probe) }
        guard unsafe sodium_mlock(probe, Self.probeByteCount) == 0 else { throw .memoryNotLocked }
        self.required.store(true, ordering: .relaxed)
    }

    /// Keeps the process from leaving a core and other processes of its user from reading its
    /// memory.
    ///
    /// - Throws: ``SodiumError/dumpsNotForbidden``.
    package static func forbidDumps() throws(SodiumError) {
        guard steward_forbid_dumps() == 0 else { throw .dumpsNotForbidden }
    }
}
