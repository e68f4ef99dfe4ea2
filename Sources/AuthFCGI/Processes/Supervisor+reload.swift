internal import Domain
internal import Glibc
internal import Logging

extension Supervisor {
    /// Milliseconds that a new generation has to get ready, and the check of new settings to end.
    private static let patience: Int64 = 10_000

    /// Begins the reload that was asked for, one at a time: first the binary that stands there now checks the settings.
    func advanceReload(_ now: Int64) {
        if let checking, checking.deadline <= now {
            kill(checking.process, SIGKILL)
        }
        guard isReloadWanted, checking == nil, transition == nil else { return }
        isReloadWanted = false
        isAnnounced = false
        Notice.reloading.send()
        do {
            let file = program.file
            checking = (try program.startCheck(handing: handover.text), now + Self.patience, file)
        } catch {
            log.error("nothing was reloaded: the check did not start", metadata: ["reason": "\(error.line)"])
        }
    }

    /// - Parameter file: what was checked.
    func finishCheck(of file: ProgramFile?, succeeded: Bool) {
        guard stopDeadline == nil else { return }
        guard file == program.file else {
            // Replaced meanwhile: what would be executed is not what was checked.
            isReloadWanted = true
            return
        }
        guard succeeded else {
            return log.error("nothing was reloaded: the new settings or binary do not pass `authfcgi check`")
        }
        do {
            try becomeNewProgram()
        } catch {
            log.error("nothing was reloaded: the new binary did not start", metadata: ["reason": "\(error.line)"])
        }
    }

    private func becomeNewProgram() throws(Failure) -> Never {
        let running = try program.open()
        var handover = handover
        handover.origin = Handover.Origin(
            program: running.number, settings: snapshot.descriptor.number, path: program.path)
        do throws(Failure) {
            for number in handover.descriptors { try Descriptor.setInherited(true, number) }
            try program.continueAsServe(handing: handover.text)
        } catch {
            for number in handover.descriptors { try? Descriptor.setInherited(false, number) }
            throw error
        }
    }

    var handover: Handover {
        Handover(
            runDirectory: settings.runDirectory, generation: generation, lock: lock.number, control: control.number,
            sockets: lines.compactMap { pool, line in
                line.listening.map {
                    Handover.Socket(pool: pool, descriptor: $0.number, isForeign: line.isForeign)
                }
            },
            workers: children.map { child in
                Handover.Worker(
                    process: child.process, pool: child.pool, generation: child.generation, startedAt: child.startedAt,
                    state: child.state, since: child.since, status: child.status?.number ?? -1,
                    scoreboard: child.scoreboard.descriptor.number)
            }, elders: elders.handover)
    }

    /// Takes over the workers of the supervisor that this one was, and begins a generation of its own.
    func adopt(_ handover: Handover) throws(Failure) {
        for worker in handover.workers {
            let scoreboard = try Scoreboard(Descriptor(adopting: worker.scoreboard))
            let status = worker.status < 0 ? nil : Descriptor(adopting: worker.status)
            try scoreboard.descriptor.setInherited(false)
            try status?.setInherited(false)
            if let status { try poller.add(status, .level) }
            children.append(
                Child(
                    process: worker.process, pool: worker.pool, generation: worker.generation,
                    startedAt: worker.startedAt, state: worker.state, since: worker.since, status: status,
                    scoreboard: scoreboard, patience: program.patience))
        }
        if handover.isReturn {
            generation = handover.generation
            handover.origin.map { _ = close($0.program) }
            if let path = handover.abandoned {
                RunDirectory.clear(path, of: lines.filter { !$0.value.isForeign }.keys)
            }
            return log.error(
                "the new program could not go on: the one before serves on", metadata: ["generation": "\(generation)"])
        }
        predecessor = try handover.origin.map { origin throws(Failure) in try Predecessor(origin) }
        // Above every number that was used, also by a generation that did not get ready.
        generation = (handover.workers.map(\.generation) + [handover.generation]).max().map { $0 + 1 } ?? 1
        transition = Transition(old: handover.generation, deadline: Monotonic.now + Self.patience)
    }

    var isGenerationReady: Bool {
        lines.allSatisfy { pool, line in
            children.count { $0.pool == pool && $0.generation == generation && $0.state == .ready } >= line.desired
        }
    }

    /// Retires the old generation when the new one is ready, or the new one when it takes too long.
    func settleTransition(_ now: Int64) {
        guard let transition else { return }
        if isGenerationReady {
            self.transition = nil
            predecessor = nil
            former?.discard()
            former = nil
            for child in children where child.generation != generation && child.isServing { retire(child) }
            log.notice("the new generation serves", metadata: ["generation": "\(generation)"])
        } else if transition.deadline <= now {
            self.transition = nil
            for child in children where child.generation == generation && child.isServing { retire(child) }
            log.error(
                "the new generation did not get ready: the old one keeps serving",
                metadata: ["generation": "\(generation)", "keeps": "\(transition.old)"])
            generation = transition.old
            // The old generation is not to suffer for the deaths of the new one.
            for pool in lines.keys {
                lines[pool]?.backoff = Backoff()
                lines[pool]?.notBefore = 0
            }
            returnToPredecessor()
        }
    }
}
