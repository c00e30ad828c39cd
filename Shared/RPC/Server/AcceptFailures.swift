import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// Counts connections that could not be accepted, and pauses when that is for want of descriptors
/// or memory.
///
/// Without the pause the event loop would try again without end, since the waiting connection makes
/// the socket readable.  NIO's `AcceptBackoffHandler` does not help: it holds back the next read,
/// but a read that accepted nothing stays pending.
final class AcceptFailures: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(100)

    private let counters: ConnectionCounters
    private var isPausing = false

    init(_ counters: ConnectionCounters) { self.counters = counters }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.counters.refused("accept_failed")
        guard let error = error as? IOError, Self.isShortage(error.errnoCode), !self.isPausing,
            let options = context.channel.syncOptions
        else { return }
        self.isPausing = true
        // Neither can fail while the socket is open, and afterwards it does not matter.
        try? options.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPausing = false
            // The same holds here.
            try? options.setOption(.autoRead, value: true)
        }
    }

    private static func isShortage(_ number: CInt) -> Bool {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number)
    }
}
