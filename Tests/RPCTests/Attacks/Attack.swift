import Foundation
import Locks
import NIOCore
import Testing
import Wire

@testable import RPC

/// One way in which a peer abuses a server, from a raw socket.
struct Attack: Sendable, CustomTestStringConvertible {
    /// Where it goes, and how long it waits for the server's answer to it.
    struct Target: Sendable {
        var path: String
        var patience: Duration
    }

    let name: String
    /// What the server counts because of it.
    let reason: String
    /// Bounds so small that the test need not wait.
    var limits: @Sendable (inout ProtocolLimits) -> Void = { _ in }
    /// Goes through it once, holding up its thread.
    let run: @Sendable (Target) throws -> Void

    var testDescription: String { self.name }

    init(
        _ name: String, counted reason: String,
        limits: @escaping @Sendable (inout ProtocolLimits) -> Void = { _ in },
        run: @escaping @Sendable (Target) throws -> Void
    ) {
        self.name = name
        self.reason = reason
        self.limits = limits
        self.run = run
    }

    /// One that shakes hands, says something and waits to be closed.
    init(
        _ name: String, counted reason: String,
        limits: @escaping @Sendable (inout ProtocolLimits) -> Void = { _ in },
        settings: @escaping @Sendable (inout HandshakeSettings) -> Void = { _ in },
        saying: @escaping @Sendable (RawPeer) throws -> Void
    ) {
        self.init(name, counted: reason, limits: limits) { target in
            let peer = try RawPeer(path: target.path)
            try peer.shakeHands(settings)
            try saying(peer)
            peer.waitUntilClosed(atMost: target.patience)
        }
    }
}

/// Runs blocking work on a thread of its own: the tests' tasks share few threads.
func onThread<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

/// Is set once, by one task, and read by others.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { self.value.load(ordering: .relaxed) }
    func set() { self.value.store(true, ordering: .relaxed) }
}

extension RawPeer {
    /// Opens a call, and ends this side of it unless told otherwise.
    func open(
        _ method: String, stream: UInt64, flags: FrameFlags = .end,
        body: ByteBuffer = ByteBuffer(bytes: [0xa0]), timeout: UInt64? = nil
    ) throws {
        try self.frame(
            .open, flags: flags, stream: stream,
            metadata: OpenMetadata(method: method, timeout: timeout), body: body)
    }

    /// Opens a call that waits until it is cancelled.
    func openHanging(stream: UInt64, flags: FrameFlags = .end) throws {
        try self.open(
            "test.Hang", stream: stream, flags: flags,
            body: try CBOREncoder().encode(["name": "raw"]))
    }

    /// A header, and of what it promises only as much as is given.
    func header(
        length: UInt32, type: UInt8, flags: UInt8 = 0, metadataLength: UInt16 = 0,
        stream: UInt64 = 0, rest: [UInt8] = []
    ) {
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(length, type, flags, metadataLength, stream)
        bytes.writeBytes(rest)
        self.write(bytes)
    }
}
