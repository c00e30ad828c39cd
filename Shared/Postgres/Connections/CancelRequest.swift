internal import CPostgres

/// What it takes to cancel the statement that runs on one connection.
///
/// Safe because libpq only reads it, and each request is sent by one helper thread.
@safe
final class CancelRequest: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe PQfreeCancel(self.pointer)
    }

    /// Asks the server, and returns when the server has passed the request on.
    ///
    /// Blocks: libpq 15 knows no other way.
    func send() {
        var message = [CChar](repeating: 0, count: 256)
        // A failure needs no answer here: the statement goes on and its connection is closed when
        // it has not ended within its bound.
        _ = unsafe PQcancel(self.pointer, &message, CInt(message.count))
    }
}
