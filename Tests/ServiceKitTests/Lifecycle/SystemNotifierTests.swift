import Glibc
import Testing

@testable import ServiceKit

@Suite("Reports to the service manager")
struct SystemNotifierTests {
    @Test("Readiness, signs of life and the end arrive as the manager expects them")
    func messages() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let address = try #require(UnixSocketAddress(path: path))
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        #expect(address.withSocketAddress { bind(descriptor, $0, $1) } == 0)
        let notifier = SystemNotifier(environment: ["NOTIFY_SOCKET": path])
        notifier.ready()
        notifier.alive()
        notifier.status("a\nREADY=0")
        notifier.stopping()
        #expect(self.receive(descriptor).hasPrefix("READY=1\n"))
        #expect(self.receive(descriptor) == "WATCHDOG=1")
        #expect(self.receive(descriptor) == "STATUS=a\\nREADY=0")
        #expect(self.receive(descriptor).hasPrefix("STOPPING=1\n"))
    }

    @Test("Without a manager nothing is reported")
    func noManager() {
        let notifier = SystemNotifier(environment: ["WATCHDOG_USEC": "1000000"])
        notifier.ready()
        #expect(notifier.watchdogInterval == nil)
    }

    @Test("The watchdog is served at half its time, and only by the process it watches")
    func watchdog() {
        let environment = ["NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"]
        #expect(
            SystemNotifier(environment: environment, processID: 7).watchdogInterval
                == .milliseconds(1_500)
        )
        #expect(SystemNotifier(environment: environment, processID: 8).watchdogInterval == nil)
    }

    private func receive(_ descriptor: CInt) -> String {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let count = recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
