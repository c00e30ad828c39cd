import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// Sees to it that those who connect do not keep a server from those who are connected.
///
/// At most 4,000 connections are accepted in a second, so that the clients of a service that was
/// started again do not fill its loops when they all come back at once.  Connections that could not
/// be accepted are counted; when that is for want of descriptors or memory, accepting pauses.
///
/// Without that pause the event loop would try again without end, since the waiting connection
/// makes the socket readable.  NIO's `AcceptBackoffHandler` does not help: it holds back the next
/// read, but a read that accepted nothing stays pending.
final class Acceptance: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private static let pause = TimeAmount.milliseconds(100)
    private static let interval = TimeAmount.milliseconds(1)
    private static let countPerInterval = 4

    private let counters: ConnectionCounters
    private var isPausing = false
    private var accepted = 0
    private var intervalEnd = NIODeadline.uptimeNanoseconds(0)
    private var isReadHeldBack = false

    init(_ counters: ConnectionCounters) { self.counters = counters }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.accepted += 1
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if now >= self.intervalEnd {
            self.intervalEnd = now + Self.interval
            self.accepted = 0
        }
        guard self.accepted >= Self.countPerInterval else { return context.read() }
        guard !self.isReadHeldBack else { return }
        self.isReadHeldBack = true
        context.eventLoop.assumeIsolated().scheduleTask(deadline: self.intervalEnd) {
            self.isReadHeldBack = false
            self.read(context: context)
        }
    }

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
