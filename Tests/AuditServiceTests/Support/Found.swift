import AuditAPI
import Locks

/// Faults as they are reported.
final class Found: Sendable {
    private let list = Mutex<[LogFault]>([])

    var faults: [LogFault] { self.list.withLock { $0 } }

    func add(_ fault: LogFault) { self.list.withLock { $0.append(fault) } }
}
