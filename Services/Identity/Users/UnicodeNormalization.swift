// The standard library has the normal forms but does not export them; Foundation's need ICU, which
// would take more memory than the rest of the service.
@_spi(_Unicode) internal import Swift

extension String {
    /// The text in Unicode's normal form C, in which equal texts have equal bytes (UAX 15).
    var normalizedToNFC: String {
        // ASCII is in every normal form.
        guard self.utf8.contains(where: { $0 >= 0x80 }) else { return self }
        var scalars = UnicodeScalarView()
        for scalar in self._nfc { scalars.append(scalar) }
        return String(scalars)
    }
}
