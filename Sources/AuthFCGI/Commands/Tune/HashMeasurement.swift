internal import Crypto
internal import Domain
internal import Glibc

/// How fast Argon2id is when so many processes compute it at once.
struct HashMeasurement: Equatable {
    let cost: HashingCost
    let processes: Int
    /// Of one computation, in seconds.
    let median: Double
    /// Computations a second, of all processes together.
    let rate: Double

    /// Nil when nothing was computed.
    init?(cost: HashingCost, processes: Int, microseconds: [Int64]) {
        guard !microseconds.isEmpty else { return nil }
        let sorted = microseconds.sorted()
        self.init(
            cost: cost, processes: processes, median: Double(sorted[sorted.count / 2]) / 1_000_000,
            // Every process computes all the time.
            rate: Double(processes * sorted.count) / Double(max(1, sorted.reduce(0, +))) * 1_000_000)
    }

    init(cost: HashingCost, processes: Int, median: Double, rate: Double) {
        self.cost = cost
        self.processes = processes
        self.median = median
        self.rate = rate
    }

    /// Measures by processes, as the service works: threads would wait for each other when they ask for memory.
    static func take(
        _ cost: HashingCost, processes: Int, milliseconds: Int64, with program: Program
    ) throws(Failure) -> HashMeasurement {
        let times = try times(cost, processes, milliseconds, program)
        guard let measured = HashMeasurement(cost: cost, processes: processes, microseconds: times) else {
            throw .unusable("there is not enough memory for \(processes) × \(cost.memory / 1024) MiB")
        }
        return measured
    }

    private static func times(
        _ cost: HashingCost, _ processes: Int, _ milliseconds: Int64, _ program: Program
    ) throws(Failure) -> [Int64] {
        var children: [Int32] = []
        defer { for child in children { end(child) } }
        let results = try start(cost, processes, milliseconds, program, &children)
        return read(results)
    }

    /// Where the processes write; nobody else does.
    private static func start(
        _ cost: HashingCost, _ processes: Int, _ milliseconds: Int64, _ program: Program, _ children: inout [Int32]
    ) throws(Failure) -> Descriptor {
        let (reading, writing) = try Descriptor.pipe()
        // All begin when all are there.
        let start = Monotonic.now + 50 + Int64(10 * processes)
        for _ in 0..<processes {
            children.append(
                try program.startHashing(cost, from: start, milliseconds: milliseconds, results: writing))
        }
        return reading
    }

    /// A line for each computation, until every process has ended.
    private static func read(_ results: Descriptor) -> [Int64] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            var watched = pollfd(fd: results.number, events: Int16(POLLIN), revents: 0)
            _ = poll(&watched, 1, -1)
            let count = Glibc.read(results.number, &chunk, chunk.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int64($0) }
    }

    private static func end(_ child: Int32) {
        kill(child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }
}
