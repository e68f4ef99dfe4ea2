internal import Crypto

/// What `authfcgi tune` proposes, and by which rules.
///
/// Cost: the default, 64 MiB and two passes, where it fits the time and the memory; else as much memory as fits at two passes, never less
/// than the 19 MiB that OWASP's password storage cheat sheet asks for at two passes.
struct TuneAdvice {
    /// Seconds that one computation may take.
    let target: Double
    /// For all that hash at once, in MiB.
    let memoryBudget: Int
    let processors: Int

    static let iterations = 2
    static let leastMemory = 19

    /// What is measured first, in MiB.
    var firstMemory: Int { max(Self.leastMemory, min(HashingCost.standard.memory / 1024, memoryBudget)) }

    /// What to try when this took too long, in MiB: time grows with memory. Nil when there is nothing to try.
    func nextMemory(after measured: HashMeasurement) -> Int? {
        let memory = measured.cost.memory / 1024
        guard measured.median > target, memory > Self.leastMemory else { return nil }
        return max(Self.leastMemory, min(memory - 1, Int(Double(memory) * target / measured.median * 0.97)))
    }

    /// How many processes to measure with: 1, 2, 4, … and one for each processor, as far as the memory goes.
    func counts(memory: Int) -> [Int] {
        let most = max(1, min(processors, memoryBudget / memory, Pool.login.bounds.upperBound - 1))
        return Array(sequence(first: 1) { $0 * 2 }.prefix { $0 < most }) + [most]
    }

    /// The fewest that hash at once and reach nearly what the machine can do.
    func hashing(_ measured: [HashMeasurement]) -> Int {
        let best = measured.map(\.rate).max() ?? 0
        return measured.first { $0.rate >= best * 0.95 }?.processes ?? 1
    }

    /// Of `check` and of `web` each: one for each processor keeps it busy, and a second one answers while one waits.
    var otherWorkers: Int { max(2, min(processors, Pool.check.bounds.upperBound)) }

    func warnings(_ alone: HashMeasurement) -> [String] {
        var warnings: [String] = []
        if alone.median > target {
            warnings.append(
                "even \(Self.leastMemory) MiB take longer than \(milliseconds(target)) ms; less memory would not be safe"
            )
        }
        if alone.cost.memory / 1024 > memoryBudget {
            warnings.append("one computation takes more than the memory budget of \(memoryBudget) MiB")
        }
        return warnings
    }

    /// The proposal as text, with the lines for the settings file.
    func text(_ measured: [HashMeasurement]) -> String {
        guard let alone = measured.first else { return "" }
        let hashing = hashing(measured)
        let memory = alone.cost.memory / 1024
        let rows = measured.map { row in
            [
                "\(row.processes)", TopFrame.decimal(row.rate, places: 1), milliseconds(row.median),
                "\(row.processes * memory)",
            ]
        }
        let rate = measured.first { $0.processes == hashing }?.rate ?? 0
        var lines = TopFrame.aligned([["PROCESSES", "HASHES/s", "MEDIAN ms", "MEMORY MiB"]] + rows)
        lines += [
            "",
            "Argon2id with \(memory) MiB and \(alone.cost.iterations) passes takes \(milliseconds(alone.median)) ms on this "
                + "machine.",
            "\(hashing) at once hash \(TopFrame.decimal(rate, places: 1)) passwords a second in \(hashing * memory) MiB; "
                + "one more worker tells the others to try again.",
        ]
        lines += warnings(alone).map { "Mind: \($0)." }
        lines += [
            "",
            "passwords = { cost = { iterations = \(alone.cost.iterations); memory = \(alone.cost.memory); }; };",
            "processes = { workers = { check = \(otherWorkers); web = \(otherWorkers); login = \(hashing + 1); }; };",
        ]
        return lines.joined(separator: "\n")
    }

    private func milliseconds(_ seconds: Double) -> String { TopFrame.decimal(seconds * 1000, places: 1) }
}
