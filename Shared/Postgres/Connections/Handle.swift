internal import CPostgres
internal import Glibc

/// Owns one connection of libpq and is the only place that calls it.
///
/// All calls but connecting and the extension `Handle+Blocking` return at once. After `close()`
/// every call answers as for a broken connection, which is how libpq treats a null handle.
///
/// Safe because the pointer is owned here alone, is used under one lock or by one thread, and libpq
/// copies every argument before it returns; this holds for each `unsafe` without a comment of its
/// own in this type.
@safe
struct Handle: ~Copyable {
    /// Used by the extension for blocking calls only, and null after `close()`.
    private(set) var pointer: OpaquePointer?

    /// Whether bytes remain to be sent.
    enum FlushState {
        case flushed
        case pending
        case failed
    }

    /// Connects, which blocks; `parameters` are libpq's keywords, later ones win.
    ///
    /// - Returns: `nil` when there is no memory; otherwise see `isBroken`.
    init?(parameters: [(keyword: String, value: String)]) {
        let keywords = CStringArray(parameters.map(\.keyword))
        let values = CStringArray(parameters.map(\.value))
        // Safe because libpq copies the arrays, which outlive the call.
        guard
            let pointer = unsafe PQconnectdbParams(keywords.pointer, values.pointer, 1)
        else { return nil }
        unsafe self.pointer = pointer
        unsafe cpostgres_silence_notices(pointer)
        withExtendedLifetime((keywords, values)) {}
    }

    deinit {
        unsafe PQfinish(self.pointer)
    }

    /// Tells the server goodbye and frees everything.
    mutating func close() {
        unsafe PQfinish(self.pointer)
        unsafe self.pointer = nil
    }

    // MARK: Connecting

    /// From now on no call waits for the server.
    func enterNonBlockingMode() -> Bool {
        unsafe PQsetnonblocking(self.pointer, 1) == 0
    }

    func enterPipelineMode() -> Bool {
        unsafe PQenterPipelineMode(self.pointer) == 1
    }

    var descriptor: CInt {
        unsafe PQsocket(self.pointer)
    }

    var isBroken: Bool {
        unsafe PQstatus(self.pointer) == CONNECTION_BAD
    }

    var isIdle: Bool {
        unsafe PQtransactionStatus(self.pointer) == PQTRANS_IDLE
    }

    var isInTransaction: Bool {
        unsafe PQtransactionStatus(self.pointer) == PQTRANS_INTRANS
    }

    /// libpq's last complaint on one line; never holds a password.
    var errorMessage: String {
        guard let text = unsafe PQerrorMessage(self.pointer) else { return "not connected" }
        // Safe because the message is zero-terminated and copied at once.
        return unsafe String(cString: text).split(separator: "\n").joined(separator: "; ")
    }

    // MARK: Sending

    func sendPrepare(name: String, text: String, types: [PostgresType]) -> Bool {
        let identifiers = types.map(\.rawValue)
        return unsafe PQsendPrepare(
            self.pointer,
            name,
            text,
            CInt(types.count),
            identifiers
        ) == 1
    }

    /// Sends the execution of a prepared statement whose results come in binary format.
    func sendExecute(name: String, parameters: SQLParameters) -> Bool {
        let count = parameters.count
        let binaryResults: CInt = 1
        guard count > 0 else {
            return unsafe PQsendQueryPrepared(
                self.pointer,
                name,
                0,
                nil,
                nil,
                nil,
                binaryResults
            ) == 1
        }
        return unsafe parameters.bytes.withUnsafeBytes { bytes in
            // An empty array may have no address, but only NULL may have a null pointer.
            let base =
                unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                ?? UnsafePointer(Self.emptyText)
            return unsafe Self.withTemporaryArrays(count) { values, lengths, formats in
                for (index, parameter) in parameters.parameters.enumerated() {
                    // Safe because every offset lies within the buffer; libpq copies the values.
                    unsafe (values + index).initialize(
                        to: parameter.byteCount == nil ? nil : base + parameter.offset
                    )
                    unsafe (lengths + index).initialize(to: parameter.byteCount ?? 0)
                    unsafe (formats + index).initialize(to: parameter.format.rawValue)
                }
                return unsafe PQsendQueryPrepared(
                    self.pointer,
                    name,
                    CInt(count),
                    values,
                    lengths,
                    formats,
                    binaryResults
                ) == 1
            }
        }
    }

    /// The three arrays in which libpq takes values, for the time of one call.
    private static func withTemporaryArrays(
        _ count: Int,
        _ body: (
            UnsafeMutablePointer<UnsafePointer<CChar>?>, UnsafeMutablePointer<CInt>,
            UnsafeMutablePointer<CInt>
        ) -> Bool
    ) -> Bool {
        unsafe withUnsafeTemporaryAllocation(
            of: UnsafePointer<CChar>?.self,
            capacity: count
        ) { values in
            unsafe withUnsafeTemporaryAllocation(of: CInt.self, capacity: 2 * count) { numbers in
                guard let values = values.baseAddress, let numbers = numbers.baseAddress else {
                    return false
                }
                return unsafe body(values, numbers, numbers + count)
            }
        }
    }

    /// Sends a statement without parameters that is not kept.
    func sendUnprepared(_ text: String) -> Bool {
        unsafe PQsendQueryParams(self.pointer, text, 0, nil, nil, nil, nil, 1) == 1
    }

    /// Sends statements without parameters; not in pipeline mode.
    func sendScript(_ text: String) -> Bool {
        unsafe PQsendQuery(self.pointer, text) == 1
    }

    /// Ends a segment and with it the implicit transaction.
    func sendSync() -> Bool {
        unsafe PQpipelineSync(self.pointer) == 1
    }

    func flush() -> FlushState {
        switch unsafe PQflush(self.pointer) {
        case 0: .flushed
        case 1: .pending
        default: .failed
        }
    }

    // MARK: Receiving

    /// Reads what has arrived; false when the connection is broken.
    func consumeInput() -> Bool {
        unsafe PQconsumeInput(self.pointer) == 1
    }

    /// Whether the next result has not arrived completely.
    var isBusy: Bool {
        unsafe PQisBusy(self.pointer) == 1
    }

    /// The next result, `nil` at the end of a command's results.
    ///
    /// Only called when not busy, so that it returns at once.
    func nextResult() -> ResultStorage? {
        guard let result = unsafe PQgetResult(self.pointer) else { return nil }
        return unsafe ResultStorage(result)
    }

    /// The next notification that has arrived.
    func nextNotification() -> (channel: String, payload: String)? {
        guard let notification = unsafe PQnotifies(self.pointer) else { return nil }
        defer { unsafe PQfreemem(notification) }
        // Safe because both are zero-terminated and copied before the memory is freed.
        return unsafe (
            String(cString: notification.pointee.relname),
            String(cString: notification.pointee.extra)
        )
    }

    /// What it takes to cancel this connection's statement from another thread.
    func makeCancelRequest() -> CancelRequest? {
        guard let pointer = unsafe PQgetCancel(self.pointer) else { return nil }
        return unsafe CancelRequest(pointer)
    }

    /// A zero-terminated empty text that lives as long as the process.
    // Safe because it is never written to nor freed.
    private nonisolated(unsafe) static let emptyText: UnsafeMutablePointer<CChar> = {
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        unsafe text.initialize(to: 0)
        return unsafe text
    }()
}
