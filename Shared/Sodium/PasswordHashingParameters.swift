/// What one Argon2id hash costs; parallelism is always 1, as libsodium fixes it.
package struct PasswordHashingParameters: Sendable, Hashable {
    /// Memory in bytes, a multiple of 1,024, at least 8,192.
    package let memoryByteCount: Int
    /// Passes over the memory, at least 1.
    package let passCount: Int

    /// The most that a stored hash may ask for: bounds what one check can use.
    package static let largest = Self(memoryByteCount: 256 * 1_024 * 1_024, passCount: 16)

    /// States a cost; the defaults are 19,456 KiB and two passes (OWASP, Password Storage).
    package init(memoryByteCount: Int = 19_456 * 1_024, passCount: Int = 2) {
        precondition(memoryByteCount >= 8_192 && memoryByteCount.isMultiple(of: 1_024))
        precondition(passCount >= 1)
        self.memoryByteCount = memoryByteCount
        self.passCount = passCount
    }

    /// Reads the cost that a stored hash names; `nil` if it is not an Argon2id hash of version 19.
    package init?(hash: String) {
        let fields = hash.split(separator: "$", omittingEmptySubsequences: false)
        guard hash.utf8.count <= 127, fields.count == 6, fields[0].isEmpty,
            fields[1] == "argon2id", fields[2] == "v=19"
        else { return nil }
        let costs = fields[3].split(separator: ",", omittingEmptySubsequences: false)
        guard costs.count == 3, costs[0].hasPrefix("m="), costs[1].hasPrefix("t="),
            costs[2] == "p=1",
            let kibibytes = Int(costs[0].dropFirst(2)), let passes = Int(costs[1].dropFirst(2)),
            (8...4_194_304).contains(kibibytes), (1...1_024).contains(passes)
        else { return nil }
        self.memoryByteCount = kibibytes * 1_024
        self.passCount = passes
    }

    /// Whether neither cost is above a limit.
    package func isWithin(_ limit: Self) -> Bool {
        self.memoryByteCount <= limit.memoryByteCount && self.passCount <= limit.passCount
    }
}
