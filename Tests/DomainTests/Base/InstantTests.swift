import Domain
import Testing

@Suite struct InstantTests {
    @Test(
        arguments: [
            (0, 0, 0), (1_999_999, 1, 1999), (-1, -1, -1), (-1_000_000, -1, -1000), (-1_000_001, -2, -1001),
        ] as [(Int64, Int64, Int64)])
    func `seconds and milliseconds are rounded down`(microseconds: Int64, seconds: Int64, milliseconds: Int64) {
        let instant = Instant(microseconds: microseconds)
        #expect(instant.seconds == seconds)
        #expect(instant.milliseconds == milliseconds)
    }

    @Test func `durations are added and told`() {
        let start = Instant(seconds: 100)
        #expect((start + .minutes(2)).seconds == 220)
        #expect((start - .hours(1)).seconds == -3500)
        #expect(start + .days(1) - start == .seconds(86400))
        #expect(start < start + .microseconds(1))
    }

    @Test(
        arguments: [
            (Duration.zero, 0), (.milliseconds(1), 1), (.seconds(1), 1), (.milliseconds(1001), 2),
            (.milliseconds(-500), 0),
        ] as [(Duration, Int64)])
    func `what a client waits is rounded up`(duration: Duration, seconds: Int64) {
        #expect(duration.secondsRoundedUp == seconds)
    }
}
