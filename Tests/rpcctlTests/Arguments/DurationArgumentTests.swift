import Testing

@testable import rpcctl

@Suite("Durations")
struct DurationArgumentTests {
    @Test(
        "A duration is a number with a unit",
        arguments: [
            ("500ms", 500), ("5s", 5_000), ("1.5s", 1_500), ("2m", 120_000), ("1h", 3_600_000),
            ("0.4ms", 1),
        ])
    func reading(_ text: String, milliseconds: Int64) throws {
        let argument = try #require(DurationArgument(argument: text))
        #expect(argument.duration.milliseconds == milliseconds)
    }

    @Test(
        "Anything else is none",
        arguments: ["", "5", "s", "-1s", "0s", "5 s", "1d", "nans", "infs", "1e300h"])
    func refusing(_ text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test(
        "People read durations with one digit after the point",
        arguments: [
            (Duration.microseconds(12), "12 µs"), (.microseconds(1_840), "1.8 ms"),
            (.milliseconds(250), "250 ms"), (.seconds(30), "30 s"), (.seconds(90), "90 s"),
            (.seconds(150), "2.5 min"), (.seconds(10_800), "3 h"), (.seconds(864_000), "10 days"),
        ])
    func writing(_ duration: Duration, text: String) {
        #expect(duration.readable == text)
    }
}
