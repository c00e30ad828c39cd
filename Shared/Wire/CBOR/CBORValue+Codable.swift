extension CBORValue: Codable {
    /// Reads whatever item stands in this place of the input.
    ///
    /// Throws `CBORError`, and `DecodingError` for a decoder that isn't the one of this codec.
    package init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? ValueDecoder else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "CBORValue is read by CBORDecoder only"
                )
            )
        }
        self = try decoder.state.dynamicValue(at: decoder.position)
    }

    /// Writes the item in this place.
    ///
    /// Throws `EncodingError` for an encoder that isn't the one of this codec.
    package func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? ValueEncoder else {
            throw EncodingError.invalidValue(
                self,
                .init(
                    codingPath: encoder.codingPath,
                    debugDescription: "CBORValue is written by CBOREncoder only"
                )
            )
        }
        try encoder.encode(self)
    }
}
