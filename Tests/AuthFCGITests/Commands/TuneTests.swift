import Crypto
import Testing

@testable import AuthFCGI

@Suite struct TuneTests {
    private func measured(_ memory: Int, _ processes: Int = 1, median: Double, rate: Double = 1) -> HashMeasurement {
        HashMeasurement(
            cost: HashingCost(iterations: 2, memory: memory * 1024), processes: processes, median: median, rate: rate)
    }

    @Test func `times become a median and a rate of all processes`() throws {
        // Two processes that together took two seconds for eight: four a second each.
        let times: [Int64] = [250_000, 240_000, 260_000, 250_000, 250_000, 250_000, 200_000, 300_000]
        let measured = try #require(HashMeasurement(cost: .standard, processes: 2, microseconds: times))
        #expect(measured.median == 0.25)
        #expect(measured.rate == 8)
        #expect(HashMeasurement(cost: .standard, processes: 2, microseconds: []) == nil)
    }

    @Test func `the default stays where it fits`() {
        let advice = TuneAdvice(target: 0.1, memoryBudget: 1024, processors: 4)
        #expect(advice.firstMemory == 64)
        #expect(advice.nextMemory(after: measured(64, median: 0.1)) == nil)
    }

    @Test func `a slow machine uses less memory, but not less than is safe`() {
        let advice = TuneAdvice(target: 0.1, memoryBudget: 1024, processors: 4)
        #expect(advice.nextMemory(after: measured(64, median: 0.2)) == 31)
        #expect(advice.nextMemory(after: measured(31, median: 0.101)) == 29)
        #expect(advice.nextMemory(after: measured(64, median: 2)) == 19)
        #expect(advice.nextMemory(after: measured(19, median: 2)) == nil)
        #expect(advice.warnings(measured(19, median: 2)).count == 1)
        #expect(TuneAdvice(target: 0.1, memoryBudget: 40, processors: 4).firstMemory == 40)
        let tiny = TuneAdvice(target: 0.1, memoryBudget: 8, processors: 4)
        #expect(tiny.firstMemory == 19)
        #expect(tiny.warnings(measured(19, median: 0.01)).count == 1)
    }

    @Test(arguments: [
        (1, 1024, [1]), (2, 1024, [1, 2]), (6, 1024, [1, 2, 4, 6]), (8, 200, [1, 2, 3]), (8, 10, [1]),
        (128, 1_000_000, [1, 2, 4, 8, 16, 32, 63]),
    ])
    func `processes are tried as far as processors and memory go`(processors: Int, budget: Int, counts: [Int]) {
        #expect(TuneAdvice(target: 1, memoryBudget: budget, processors: processors).counts(memory: 64) == counts)
    }

    @Test func `as many hash at once as bring something, and one worker more is there`() {
        let advice = TuneAdvice(target: 0.1, memoryBudget: 1024, processors: 8)
        let rows = [(1, 10.0), (2, 19.0), (4, 35.0), (8, 36.0)].map { measured(64, $0.0, median: 0.1, rate: $0.1) }
        #expect(advice.hashing(rows) == 4)
        let text = advice.text(rows)
        #expect(text.contains("passwords = { cost = { iterations = 2; memory = 65536; }; };"))
        #expect(text.contains("processes = { workers = { check = 8; web = 8; login = 5; }; };"))
        #expect(text.contains("4 at once hash 35.0 passwords a second in 256 MiB"))
        #expect(TuneAdvice(target: 0.1, memoryBudget: 1024, processors: 1).otherWorkers == 2)
    }

    @Test(arguments: [("256M", 256), ("2G", 2048), ("1g", 1024)])
    func `memory is written with a unit`(text: String, size: Int) {
        #expect(MemorySize(argument: text)?.mebibytes == size)
    }

    @Test(arguments: ["", "M", "12", "0M", "-1G", "1T", "9999999999999999999G", "1.5G"])
    func `other writings are not understood`(text: String) {
        #expect(MemorySize(argument: text) == nil)
    }
}
