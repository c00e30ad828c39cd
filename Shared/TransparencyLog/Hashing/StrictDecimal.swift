/// Decimal numbers as signed files write them: ASCII digits, no sign, no leading zeros.
enum StrictDecimal {
    /// Reads a number from 0 to 2^64 − 1; `nil` if the text is not how that number is written.
    static func decode(_ text: some Collection<UInt8>) -> UInt64? {
        guard !text.isEmpty, text.count <= 20, text.first != UInt8(ascii: "0") || text.count == 1
        else { return nil }
        var number: UInt64 = 0
        for digit in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isStillTooLarge) = product.addingReportingOverflow(
                UInt64(digit - UInt8(ascii: "0")))
            guard !isTooLarge, !isStillTooLarge else { return nil }
            number = sum
        }
        return number
    }
}
