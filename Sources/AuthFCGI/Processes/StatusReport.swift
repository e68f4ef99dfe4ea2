/// What the supervisor tells about its workers.
struct StatusReport: Equatable {
    struct Line: Equatable {
        let pool: Pool
        let desired: Int
        /// Workers that ended unasked since the supervisor started.
        let restarts: Int
    }

    struct Worker: Equatable {
        let process: Int32
        let pool: Pool
        let generation: Int
        let state: Child.State
        /// In milliseconds.
        let uptime: Int64
        let served: UInt64
        /// Of them, with status 500 and above.
        let failed: UInt64
        /// Milliseconds that the present request has taken; 0 when idle.
        let busy: Int64
    }

    let process: Int32
    let generation: Int
    /// In milliseconds, since the last reload.
    let uptime: Int64
    var pools: [Line] = []
    var workers: [Worker] = []

    /// As it goes through the control socket: a line for each.
    var text: String {
        var lines = ["supervisor \(process) \(generation) \(uptime)"]
        lines += pools.map { "pool \($0.pool.rawValue) \($0.desired) \($0.restarts)" }
        lines += workers.map { worker in
            "worker \(worker.process) \(worker.pool.rawValue) \(worker.generation) \(worker.state.rawValue) "
                + "\(worker.uptime) \(worker.served) \(worker.failed) \(worker.busy)"
        }
        return lines.joined(separator: "\n")
    }
}

extension StatusReport {
    /// Nil when the text is not one that `text` made.
    init?(_ text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard let first = lines.first, first.count == 4, first[0] == "supervisor", let process = Int32(first[1]),
            let generation = Int(first[2]), let uptime = Int64(first[3])
        else { return nil }
        self.init(process: process, generation: generation, uptime: uptime)
        for words in lines.dropFirst() {
            if let pool = Line(words) {
                pools.append(pool)
            } else if let worker = Worker(words) {
                workers.append(worker)
            } else {
                return nil
            }
        }
    }
}

extension StatusReport.Line {
    fileprivate init?(_ words: [String]) {
        guard words.count == 4, words[0] == "pool", let pool = Pool(rawValue: words[1]), let desired = Int(words[2]),
            let restarts = Int(words[3])
        else { return nil }
        self.init(pool: pool, desired: desired, restarts: restarts)
    }
}

extension StatusReport.Worker {
    fileprivate init?(_ words: [String]) {
        guard words.count == 9, words[0] == "worker", let process = Int32(words[1]),
            let pool = Pool(rawValue: words[2]),
            let generation = Int(words[3]), let state = Child.State(rawValue: words[4]), let uptime = Int64(words[5]),
            let served = UInt64(words[6]), let failed = UInt64(words[7]), let busy = Int64(words[8])
        else { return nil }
        self.init(
            process: process, pool: pool, generation: generation, state: state, uptime: uptime, served: served,
            failed: failed, busy: busy)
    }
}
