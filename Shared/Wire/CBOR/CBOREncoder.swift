package import NIOCore

/// Writes `Encodable` values as CBOR (RFC 8949) in preferred serialisation.
///
/// Integers, lengths and floats are as short as they can be, lengths are definite, and a struct's
/// fields stand in the order of their declaration. A field that is nil is left out.
///
/// An enum whose raw values are texts writes each of them itself once; from then on the encoder
/// knows it.
///
/// A nested container must be finished before its parent goes on; a type that writes two of them
/// alternately is refused. The compiler's own conformances never do.
package struct CBOREncoder: Sendable {
    /// Whether maps are sorted by their encoded keys (RFC 8949 section 4.2.1), so that equal values
    /// give equal bytes wherever they were made.
    package let deterministic: Bool

    /// Makes an encoder.
    package init(deterministic: Bool = false) {
        self.deterministic = deterministic
    }

    /// Encodes a value into a buffer of its own.
    ///
    /// Throws `CBORError`.
    package func encode<T: Encodable>(_ value: T) throws -> ByteBuffer {
        let state = EncodingState.begin(deterministic: deterministic)
        defer { state.end() }
        try Self.write(value, to: state)
        return state.buffer()
    }

    /// Appends a value to a buffer.
    ///
    /// Throws `CBORError`, and then leaves the buffer as it was.
    package func encode<T: Encodable>(_ value: T, into buffer: inout ByteBuffer) throws {
        let state = EncodingState.begin(deterministic: deterministic)
        defer { state.end() }
        try Self.write(value, to: state)
        state.output.append(to: &buffer)
    }

    @inline(__always)
    private static func write<T: Encodable>(_ value: T, to state: EncodingState) throws {
        do {
            try state.encodeRoot(value)
        } catch let error as CBORError {
            throw error
        } catch {
            throw CBORError(encoding: error)
        }
    }
}

extension CBORError {
    /// Turns what an `encode(to:)` threw into an error of the codec.
    init(encoding error: any Error) {
        guard case .invalidValue(_, let context)? = error as? EncodingError else {
            self.init(reason: .invalidValue(String(describing: error)))
            return
        }
        self.init(
            path: PathComponent.path(context.codingPath.map(PathComponent.init)),
            reason: .invalidValue(context.debugDescription)
        )
    }
}
