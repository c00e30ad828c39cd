/// The bound values of a statement in one buffer.
struct SQLParameters: Sendable {
    /// Where one value lies in the buffer and how to read it.
    struct Parameter: Sendable {
        var type: PostgresType
        var format: ParameterFormat
        /// Bytes before the value; text values are followed by a zero byte.
        var offset: Int
        /// `nil` for NULL.
        var byteCount: Int32?
    }

    /// The protocol counts parameters in 16 bits.
    static let maximumCount = 65_535

    private(set) var parameters: [Parameter] = []
    private(set) var bytes: [UInt8] = []

    /// The first value that could not be encoded.
    private(set) var invalidValue: SQLValueError?

    var count: Int { self.parameters.count }

    mutating func reserveCapacity(_ count: Int, byteCount: Int) {
        self.parameters.reserveCapacity(count)
        self.bytes.reserveCapacity(byteCount)
    }

    mutating func append<Value: SQLValue>(_ value: Value) {
        let offset = self.bytes.count
        var byteCount: Int32?
        if !value.isNull {
            do {
                try value.encode(into: &self.bytes)
            } catch {
                self.invalidValue = self.invalidValue ?? error
            }
            byteCount = Int32(exactly: self.bytes.count - offset)
            if byteCount == nil {
                self.invalidValue = self.invalidValue ?? .unrepresentable("the value is too large")
            }
            if Value.parameterFormat == .text {
                self.bytes.append(0)
            }
        }
        self.parameters.append(
            Parameter(
                type: Value.parameterType,
                format: Value.parameterFormat,
                offset: offset,
                byteCount: byteCount
            )
        )
        if self.count > Self.maximumCount {
            self.invalidValue = self.invalidValue ?? .unrepresentable("too many parameters")
        }
    }

    mutating func append(_ other: SQLParameters) {
        let base = self.bytes.count
        self.bytes.append(contentsOf: other.bytes)
        for var parameter in other.parameters {
            parameter.offset += base
            self.parameters.append(parameter)
        }
        self.invalidValue = self.invalidValue ?? other.invalidValue
        if self.count > Self.maximumCount {
            self.invalidValue = self.invalidValue ?? .unrepresentable("too many parameters")
        }
    }

    /// Whether both carry the same parameter types, so that one prepared statement serves both.
    func hasSameTypes(as types: [PostgresType]) -> Bool {
        self.parameters.count == types.count
            && zip(self.parameters, types).allSatisfy { $0.type == $1 }
    }
}
