/// Which bucket a latency is counted in: exact below 128 ns, at most 1.6 % wide from there on.
///
/// Source: Gil Tene's HdrHistogram, with 64 sub-buckets for each power of two.
package enum LatencyScale {
    private static let subBucketBits = 6
    private static let largestBits = 43
    /// Longer times count as this one: 2⁴³ − 1 ns, two hours and 26 minutes.
    package static let largest: UInt64 = (1 << 43) - 1
    /// How many buckets there are.
    package static let bucketCount =
        (Self.largestBits - Self.subBucketBits + 1) << Self.subBucketBits

    /// The bucket of a time.
    package static func bucket(of nanoseconds: UInt64) -> Int {
        let value = min(nanoseconds, Self.largest)
        let shift = UInt64.bitWidth - 1 - value.leadingZeroBitCount - Self.subBucketBits
        guard shift > 0 else { return Int(value) }
        return (shift << Self.subBucketBits) + Int(value >> UInt64(shift))
    }

    /// The longest time in nanoseconds that is counted in a bucket.
    package static func upperBound(of bucket: Int) -> UInt64 {
        let shift = max(0, (bucket >> Self.subBucketBits) - 1)
        let steps = UInt64(bucket - shift << Self.subBucketBits)
        return ((steps + 1) << UInt64(shift)) - 1
    }
}
