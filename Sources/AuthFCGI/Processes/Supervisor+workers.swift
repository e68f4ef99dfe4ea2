internal import Domain
internal import Glibc
internal import Logging

extension Supervisor {
    /// Starts what is missing, retires what is too many, ends what takes too long.
    func reconcile() {
        let now = Monotonic.now
        endOverdue(now)
        guard stopDeadline == nil else { return }
        advanceReload(now)
        for pool in Pool.allCases { reconcile(pool, now) }
        settleTransition(now)
        announce()
    }

    /// Once after the start and once after each reload, however it went: when every pool has its workers.
    private func announce() {
        guard !isAnnounced, checking == nil, transition == nil, isGenerationReady else { return }
        isAnnounced = true
        Notice.ready(generation: generation).send()
    }

    private func reconcile(_ pool: Pool, _ now: Int64) {
        guard let line = lines[pool] else { return }
        let serving = children.filter { $0.pool == pool && $0.generation == generation && $0.isServing }
        if serving.count > line.desired {
            for child in serving.suffix(serving.count - line.desired) { retire(child) }
        } else if now >= line.notBefore {
            for _ in serving.count..<line.desired where !start(pool, now) { break }
        }
    }

    /// False when the machine refused; then it is tried again later.
    private func start(_ pool: Pool, _ now: Int64) -> Bool {
        guard let line = lines[pool] else { return false }
        do {
            let (reading, writing) = try Descriptor.pipe()
            let scoreboard = try Scoreboard()
            try poller.add(reading, .level)
            let process = try program.startWorker(
                pool, [line.listening ?? nothing, writing, scoreboard.descriptor, snapshot.descriptor])
            children.append(
                Child(
                    process: process, pool: pool, generation: generation, startedAt: now, status: reading,
                    scoreboard: scoreboard, patience: program.patience))
            return true
        } catch {
            log.error("a worker could not be started", metadata: ["pool": "\(pool)", "reason": "\(error.line)"])
            delay(pool, afterLife: nil, now)
            return false
        }
    }

    /// A worker writes one byte when it is ready; the end of the pipe comes with its end.
    func readStatus(of child: Child) {
        guard let status = child.status else { return }
        var byte: UInt8 = 0
        let count = read(status.number, &byte, 1)
        if count == 1 {
            child.enter(.ready, at: Monotonic.now)
            log.info(
                "a worker is ready",
                metadata: ["pool": "\(child.pool)", "pid": "\(child.process)", "generation": "\(child.generation)"])
        } else if count == 0 {
            child.status = nil
        }
    }

    func retire(_ child: Child) {
        child.enter(.retiring, at: Monotonic.now)
        kill(child.process, SIGTERM)
    }

    /// Takes note of every process that has ended.
    func reap() {
        var status: Int32 = 0
        while true {
            let process = waitpid(-1, &status, WNOHANG)
            if process < 0, errno == EINTR { continue }
            guard process > 0 else { return }
            if let check = checking, process == check.process {
                checking = nil
                finishCheck(of: check.program, succeeded: status == 0)
            } else if let index = children.firstIndex(where: { $0.process == process }) {
                let child = children.remove(at: index)
                elders.take(child.scoreboard, of: child.pool)
                bury(child, status)
            }
        }
    }

    private func bury(_ child: Child, _ status: Int32) {
        guard child.isServing else { return }
        let now = Monotonic.now
        let signal = status & 0x7F
        let life = child.state == .ready ? now - child.since : nil
        noteRestart(of: child.pool)
        let wait = child.generation == generation ? delay(child.pool, afterLife: life, now) : 0
        log.error(
            "a worker ended",
            metadata: [
                "pool": "\(child.pool)", "pid": "\(child.process)",
                "reason": signal == 0 ? "exit \(status >> 8 & 0xFF)" : "signal \(signal)",
                "was": "\(child.state.rawValue)", "lived_ms": "\(now - child.startedAt)", "wait_ms": "\(wait)",
            ])
    }

    private func noteRestart(of pool: Pool) {
        lines[pool]?.restarts += 1
        elders.noteRestart(of: pool)
    }

    /// Milliseconds until the pool starts its next worker.
    @discardableResult
    private func delay(_ pool: Pool, afterLife life: Int64?, _ now: Int64) -> Int64 {
        guard var line = lines[pool] else { return 0 }
        let wait = line.backoff.delay(afterLife: life)
        line.notBefore = now + wait
        lines[pool] = line
        return wait
    }

    private func endOverdue(_ now: Int64) {
        for child in children where (child.deadline ?? .max) <= now || isLeftAtTheEnd(child, now) {
            let was = child.state
            kill(child.process, SIGKILL)
            if child.isServing { noteRestart(of: child.pool) }
            child.enter(.killed, at: now)
            log.error(
                "a worker is killed",
                metadata: ["pool": "\(child.pool)", "pid": "\(child.process)", "was": "\(was.rawValue)"])
        }
    }

    private func isLeftAtTheEnd(_ child: Child, _ now: Int64) -> Bool {
        guard let stopDeadline else { return false }
        return child.state != .killed && stopDeadline <= now
    }

    /// When something is due though nothing happens.
    var nextDeadline: Int64? {
        var deadlines = children.compactMap(\.deadline)
        deadlines += lines.values.map(\.notBefore).filter { $0 > Monotonic.now }
        if let transition { deadlines.append(transition.deadline) }
        if let checking { deadlines.append(checking.deadline) }
        if let controlAgain { deadlines.append(controlAgain) }
        // What a worker is busy with shows only in its memory.
        if !children.isEmpty { deadlines.append(Monotonic.now + 5000) }
        return deadlines.min()
    }
}
