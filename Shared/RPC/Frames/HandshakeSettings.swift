import struct FoundationEssentials.UUID

/// The metadata of HELLO and HELLO_OK: who speaks, and what it accepts.
///
/// See `PROTOCOL.md`, "Handshake".
struct HandshakeSettings: Codable, Sendable, Equatable {
    /// The lowest and highest protocol version this side speaks.
    var minimumVersion: UInt8
    var maximumVersion: UInt8
    /// In HELLO_OK: the version that both will use.
    var version: UInt8?
    /// Name and version of the program, for logs only.
    var software: String
    /// New for each start of a process, so that a peer notices a restart.
    var instance: UUID
    /// Optional features by name; those that both name are on.
    var capabilities: [String]
    /// What this side accepts.
    var frameBytes: UInt32
    var messageBytes: UInt32
    var metadataBytes: UInt32
    var streams: UInt32
    var streamWindow: UInt32
    var connectionWindow: UInt32

    /// The only version there is.
    static let currentVersion: UInt8 = 1

    init(limits: ProtocolLimits, software: String, instance: UUID, version: UInt8? = nil) {
        self.minimumVersion = Self.currentVersion
        self.maximumVersion = Self.currentVersion
        self.version = version
        self.software = software
        self.instance = instance
        self.capabilities = []
        self.frameBytes = UInt32(limits.frameByteCount)
        self.messageBytes = UInt32(limits.messageByteCount)
        self.metadataBytes = UInt32(limits.metadataByteCount)
        self.streams = UInt32(limits.streamCount)
        self.streamWindow = UInt32(limits.streamWindow)
        self.connectionWindow = UInt32(limits.connectionWindow)
    }

    /// Whether the values are ones that a connection can work with.
    var isUsable: Bool {
        self.minimumVersion <= self.maximumVersion
            && self.frameBytes >= 1_024 && self.messageBytes >= 1_024
            && self.metadataBytes >= 256 && self.streams >= 1
            && self.streamWindow >= 1_024 && self.connectionWindow >= 1_024
            && self.streamWindow <= FlowWindow.largest
            && self.connectionWindow <= FlowWindow.largest
    }
}
