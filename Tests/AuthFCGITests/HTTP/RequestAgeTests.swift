import Domain
import Testing

@testable import AuthFCGI

@Suite struct RequestAgeTests {
    private func age(_ receivedAt: String) -> Duration {
        let source = FixedParameters([.receivedAt: receivedAt])
        let request = Request(id: RequestID(at: Instant(seconds: 1)), parameters: source, body: .complete([]))
        return request.age(at: Instant(seconds: 1_770_000_100))
    }

    @Test func `the age is counted in milliseconds`() {
        #expect(age("1770000099.250") == .milliseconds(750))
        #expect(age("1770000000.000") == .seconds(100))
        #expect(age("1769999500.000") == .seconds(600))
        #expect(age("999999999999.999") == .zero)
    }

    @Test func `what would be older than any request is told by a clock that is wrong`() {
        #expect(age("1769999499.999") == .zero)
        #expect(age("0.000") == .zero)
    }

    @Test(arguments: [
        "", ".", "1", "1.0", "1.0000", "1.-00", "+1.000", "-1.000", "1.+00", "1 .000", "1,000", "١.000", "1.0.0",
    ])
    func `what nginx does not write is no time`(text: String) {
        #expect(age(text) == .zero)
    }
}
