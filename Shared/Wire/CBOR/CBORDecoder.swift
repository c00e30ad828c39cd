package import NIOCore

/// Reads `Decodable` values from CBOR (RFC 8949) that a peer wrote.
///
/// Any well-formed item within the limits is read, whatever the order of its maps and the length
/// of its integers; indefinite lengths, `undefined`, duplicate keys, invalid UTF-8 and trailing
/// bytes are refused. A null field is read as absent.
///
/// The whole input is checked before a value is given out. A type's `init(from:)` may have run by
/// then, and runs a second time where the input turns out to be unlike what it was taken for.
///
/// An enum whose raw values are texts reads itself from each of them once; from then on the decoder
/// knows which case it is, as long as the enum has read it as just that.
package struct CBORDecoder: Sendable {
    /// What happens with a field that the type doesn't ask for.
    package enum UnknownFields: Sendable {
        /// It is skipped.
        case ignore
        /// It is an error that names the field, at any depth.
        case reject
    }

    /// Bounds on the input.
    package let limits: CBORLimits

    /// What happens with unknown fields.
    package let unknownFields: UnknownFields

    /// Whether every input is scanned before the first value is made, as in the test that compares
    /// both ways.
    var scansFirst = false

    /// Makes a decoder.
    package init(limits: CBORLimits = .standard, unknownFields: UnknownFields = .ignore) {
        self.limits = limits
        self.unknownFields = unknownFields
    }

    /// Decodes the one item that fills the buffer's readable bytes.
    ///
    /// `ByteBuffer` values are slices that share the input's storage. Throws `CBORError`, also for
    /// what the type's own `init(from:)` throws.
    package func decode<T: Decodable>(_ type: T.Type, from buffer: ByteBuffer) throws -> T {
        let state = DecodingState.begin(rejectsUnknown: unknownFields == .reject)
        // Safe because whatever keeps a decoder beyond this point finds it without bytes.
        defer { state.end() }
        try state.take(buffer, limits: limits, scansFirst: scansFirst)
        do {
            let value = try state.decode(type, at: state.outermost)
            try state.finish()
            return value
        } catch {
            guard state.mustStartOver() else { throw error }
        }
        try state.startOver()
        let value = try state.decode(type, at: state.outermost)
        try state.finish()
        return value
    }
}
