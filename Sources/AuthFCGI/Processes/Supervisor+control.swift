internal import CSystem
internal import Domain
internal import Glibc
internal import Logging

extension Supervisor {
    /// Only the service's own user and root get here: the socket is 0600.
    func acceptClient() {
        let number = system_accept(control.number)
        guard number >= 0 else { return pauseControl(after: errno) }
        let client = Descriptor(adopting: number)
        if clients.count >= 16 { clients.removeFirst() }
        guard (try? poller.add(client, .level)) != nil else { return }
        clients.append(client)
    }

    /// There are no descriptors: trying on at once would only burn time.
    private func pauseControl(after code: Int32) {
        guard code != EAGAIN else { return }
        complaints.note("accept failed: " + String(cString: strerror(code)))
        if !clients.isEmpty { clients.removeFirst() }
        poller.remove(control)
        controlAgain = Monotonic.now + 100
    }

    func resumeControl() {
        guard let again = controlAgain, again <= Monotonic.now else { return }
        do throws(Failure) {
            try poller.add(control, .level)
            controlAgain = nil
        } catch {
            controlAgain = Monotonic.now + 100
        }
    }

    /// One message each way, then the connection ends.
    func answer(_ client: Descriptor) {
        var message = [UInt8](repeating: 0, count: 256)
        let count = recv(client.number, &message, message.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        clients.removeAll { $0.number == client.number }
        guard count > 0 else { return }
        let reply = Array(self.reply(to: String(decoding: message[..<count], as: UTF8.self)).utf8)
        // A client that does not read gets nothing; the supervisor waits for nobody.
        send(client.number, reply, reply.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }

    private func reply(to message: String) -> String {
        switch ControlRequest(message) {
        case .status: report.text
        case .metrics: MetricsReport(report, elders, children, queues: queues).text
        case .scale(let pool, let count): scale(pool, to: count)
        case nil: "error unknown_request"
        }
    }

    /// Holds until the next reload, which reads the settings again.
    private func scale(_ pool: Pool, to count: Int) -> String {
        guard pool.bounds.contains(count) else {
            return "error \(pool.rawValue) may have \(pool.bounds.lowerBound) to \(pool.bounds.upperBound) workers"
        }
        setDesired(count, for: pool)
        log.notice("a pool is scaled", metadata: ["pool": "\(pool)", "workers": "\(count)"])
        return "ok"
    }

    /// How many connections wait for a worker; a pool that the kernel does not tell about is left out.
    private var queues: [Pool: Int] {
        lines.compactMapValues { line in
            guard let listening = line.listening else { return nil }
            let length = system_listen_queue(listening.number)
            return length < 0 ? nil : Int(length)
        }
    }

    private var report: StatusReport {
        let now = Monotonic.now
        return StatusReport(
            process: getpid(), generation: generation, uptime: now - startedAt,
            pools: Pool.allCases.compactMap { pool in
                lines[pool].map { StatusReport.Line(pool: pool, desired: $0.desired, restarts: $0.restarts) }
            },
            workers: children.map { child in
                StatusReport.Worker(
                    process: child.process, pool: child.pool, generation: child.generation, state: child.state,
                    uptime: now - child.startedAt, served: child.scoreboard.served, failed: child.scoreboard.failed,
                    busy: child.scoreboard.busySince.map { max(1, now - $0) } ?? 0)
            })
    }
}
