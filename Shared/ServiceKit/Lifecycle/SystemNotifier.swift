internal import Glibc

/// Tells the service manager how the service is (sd_notify(3)), without libsystemd.
package struct SystemNotifier: Sendable {
    private let address: UnixSocketAddress?
    /// Half of the time within which systemd wants a sign of life; `nil` if it wants none.
    package let watchdogInterval: Duration?

    /// Reads where to report; without `$NOTIFY_SOCKET` nothing is reported.
    package init(environment: [String: String], processID: Int32 = getpid()) {
        self.address = environment["NOTIFY_SOCKET"].flatMap { UnixSocketAddress(path: $0) }
        let isForUs = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
        self.watchdogInterval =
            isForUs && microseconds > 0 && self.address != nil
            ? .microseconds(microseconds / 2) : nil
    }

    /// The service answers calls.
    package func ready() { self.send("READY=1\nSTATUS=Serving.") }

    /// The service is on its way out.
    package func stopping() { self.send("STOPPING=1\nSTATUS=Finishing open calls.") }

    /// The event loops turn.
    package func alive() { self.send("WATCHDOG=1") }

    /// What the service is doing, for `systemctl status`.
    package func status(_ text: String) {
        self.send("STATUS=\(LogRedaction.singleLine(LogRedaction.masked(text)))")
    }

    private func send(_ message: String) {
        guard let address = self.address else { return }
        // Blocks while the manager's queue is full, for READY=1 must not be lost.
        let socket = FileDescriptor(
            Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        let bytes = Array(message.utf8)
        let number = socket.number
        // A manager that cannot be told is no reason to stop serving.
        _ = address.withSocketAddress { pointer, length in
            sendto(number, bytes, bytes.count, CInt(MSG_NOSIGNAL), pointer, length)
        }
    }
}
