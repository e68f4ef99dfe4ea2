import Crypto
import Testing

@Suite struct RandomTests {
    @Test func `ten thousand draws have no repetition and every bit is set half of the time`() {
        let draws = (0..<10_000).map { _ in Random.bytes(64) }
        #expect(Set(draws).count == draws.count)
        var counts = [Int](repeating: 0, count: 512)
        for draw in draws {
            for bit in counts.indices where draw[bit / 8] & (1 << UInt8(bit % 8)) != 0 {
                counts[bit] += 1
            }
        }
        // Seven standard deviations of a fair coin thrown 10,000 times.
        #expect(counts.allSatisfy { (4650...5350).contains($0) })
    }

    @Test(arguments: [0, 1, 32, 1000])
    func `as many bytes are drawn as were asked for`(count: Int) {
        #expect(Random.bytes(count).count == count)
        #expect(Random.secret(count).count == count)
        var supply = RandomSupply()
        _ = supply.next(1)
        #expect(supply.next(count).count == count)
    }

    @Test func `a supply never gives the same bytes again`() {
        var supply = RandomSupply()
        let draws = (0..<10_000).map { _ in supply.next(16) }
        #expect(Set(draws).count == draws.count)
    }

    @Test func `codes have as many digits as were asked for, each as often`() {
        let codes = (0..<10_000).map { _ in Random.digits(8) }
        #expect(codes.allSatisfy { $0.wholeMatch(of: /[0-9]{8}/) != nil })
        let counts = Dictionary(grouping: codes.joined(), by: \.self).mapValues(\.count)
        // Seven standard deviations of a fair die with ten sides thrown 80,000 times.
        #expect(counts.count == 10 && counts.values.allSatisfy { (7406...8594).contains($0) })
    }
}
