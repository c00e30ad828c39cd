/// Any CBOR item that the codec accepts, for data whose type isn't known when compiling.
///
/// Reading a deterministic input and writing the value deterministically gives the same bytes. The
/// one exception is a NaN with a payload, which RFC 8949 section 4.2.2 leaves to the application:
/// every NaN is read as the one value NaN, and that is written as `f97e00`.
///
/// Two values are equal when their encodings in the order given are: text compares by its UTF-8
/// bytes and not by canonical equivalence, maps compare in order, 1 and 1.0 differ, 0.0 and −0.0
/// differ, NaN equals NaN.
package indirect enum CBORValue: Sendable {
    /// A whole number from 0 to 2⁶⁴ − 1.
    case unsigned(UInt64)
    /// The number −1 − n, from −1 down to −2⁶⁴.
    case negative(UInt64)
    /// A byte string.
    case bytes([UInt8])
    /// A text string.
    case text(String)
    /// An array.
    case array([CBORValue])
    /// A map; the order of its pairs is kept.
    case map([CBORPair])
    /// A tag and the item it describes.
    case tagged(UInt64, CBORValue)
    /// False or true.
    case bool(Bool)
    /// Null.
    case null
    /// A float of any width.
    case float(Double)
}
