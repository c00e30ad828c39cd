/// How many body bytes a sender may still send.  `PROTOCOL.md`, "Flow control".
struct FlowWindow: Sendable, Equatable {
    /// No window may ever exceed this.
    static let largest = Int(Int32.max)

    /// Bytes left.
    private(set) var available: Int

    init(_ byteCount: Int) { self.available = byteCount }

    /// Takes bytes out; false if there are not as many.
    mutating func take(_ byteCount: Int) -> Bool {
        guard byteCount <= self.available else { return false }
        self.available -= byteCount
        return true
    }

    /// Puts granted bytes in; false if that exceeds the largest window.
    mutating func grant(_ byteCount: Int) -> Bool {
        guard byteCount > 0, self.available <= Self.largest - byteCount else { return false }
        self.available += byteCount
        return true
    }
}

/// The receiver's side of a window: what the peer may still send, and what is owed to it.
struct ReceiveWindow: Sendable, Equatable {
    private var window: FlowWindow
    private var owed = 0
    private let size: Int

    init(_ byteCount: Int) {
        self.window = FlowWindow(byteCount)
        self.size = byteCount
    }

    /// Counts received bytes; false if the peer sent more than it was granted.
    mutating func receive(_ byteCount: Int) -> Bool { self.window.take(byteCount) }

    /// Gives consumed bytes back.
    ///
    /// - Returns: the bytes to grant to the peer in one CREDIT frame; 0 while less than half of the
    ///   window is owed, so that credit costs few frames.
    mutating func consume(_ byteCount: Int) -> Int {
        self.owed += byteCount
        guard self.owed >= self.size / 2 else { return 0 }
        let grant = self.owed
        self.owed = 0
        // Cannot fail: what is owed was taken out of this very window before.
        _ = self.window.grant(grant)
        return grant
    }
}
