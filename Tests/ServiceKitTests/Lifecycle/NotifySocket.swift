import Dispatch
import Glibc
import ServiceKit

/// A service manager's end of the notification socket.
final class NotifySocket: Sendable {
    private let directory: TemporaryDirectory
    private let descriptor: CInt
    private let reading = DispatchQueue(label: "notify")

    init() throws {
        self.directory = try TemporaryDirectory()
        self.descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("\(self.directory.path)/notify".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw SystemError.last }
    }

    deinit { close(self.descriptor) }

    /// What a service reads to find the manager.
    var environment: [String: String] { ["NOTIFY_SOCKET": "\(self.directory.path)/notify"] }

    /// Waits for the next message.
    func next() async -> String {
        await withCheckedContinuation { continuation in
            self.reading.async {
                var buffer = [UInt8](repeating: 0, count: 1_024)
                let count = recv(self.descriptor, &buffer, buffer.count, 0)
                continuation.resume(
                    returning: String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
                )
            }
        }
    }
}
