internal import CSodium

/// What Steward uses of libsodium: hashes, random bytes, sealing, password hashing, locked memory.
///
/// Every function here may be called from any thread once ``initialize()`` has returned.
package enum Sodium {
    /// Whether the library could be set up; evaluated once, by whoever asks first.
    private static let isInitialized: Bool = sodium_init() >= 0

    /// Sets the library up; every later call is free.
    ///
    /// A service calls it before anything else.  The functions of this module that need it call it
    /// themselves, so that forgetting it is not a defect.
    ///
    /// - Throws: ``SodiumError/notInitialized`` if the system gives no random numbers.
    package static func initialize() throws(SodiumError) {
        guard self.isInitialized else { throw .notInitialized }
    }

    /// Compares two byte strings in a time that depends on their length only.
    ///
    /// Byte strings of different length are unequal; that answer is immediate.
    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe sodium_memcmp(left, right, left.count) == 0
    }

    /// Overwrites bytes in a way that the compiler may not leave out.
    package static func wipe(_ bytes: inout [UInt8]) {
        let count = bytes.count
        unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe sodium_memzero(base, count)
        }
    }
}

/// What can go wrong in this module apart from a caller's mistakes.
package enum SodiumError: Error, Sendable, Hashable {
    /// The library could not be set up: the system gives no random numbers.
    case notInitialized
    /// The system gave no memory for a secret or for a password hash.
    case outOfMemory
    /// A key does not have the length that the algorithm needs.
    case invalidKeyLength(byteCount: Int, expected: Int)
    /// A sealed value was changed, is cut short, or belongs to another key or context.
    case sealBroken
    /// A public key is a point of low order, on which nothing can be built.
    case unusablePublicKey
    /// A secret was not padded as it should be.
    case paddingBroken
    /// The system does not let memory be locked.
    case memoryNotLocked
    /// The system does not let cores and foreign looks into memory be forbidden.
    case dumpsNotForbidden
    /// A stored password hash is not one that this version understands.
    case passwordHashUnreadable
}

extension SodiumError: CustomStringConvertible {
    /// One sentence for logs; never carries key or password material.
    package var description: String {
        switch self {
        case .notInitialized: "libsodium could not be initialised."
        case .outOfMemory: "No memory for a secret or a password hash."
        case .invalidKeyLength(let byteCount, let expected):
            "A key has \(byteCount) bytes where \(expected) are needed."
        case .sealBroken: "A sealed value cannot be opened with this key in this context."
        case .unusablePublicKey: "A public key is a point of low order."
        case .paddingBroken: "A secret is not padded as it should be."
        case .memoryNotLocked:
            "Memory cannot be locked: the limit is too low (LimitMEMLOCK=, ulimit -l)."
        case .dumpsNotForbidden: "Cores and looks into memory cannot be forbidden."
        case .passwordHashUnreadable: "A stored password hash is not readable."
        }
    }
}
