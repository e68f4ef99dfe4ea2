internal import Domain
internal import Glibc
internal import Logging

/// The program that this one was before a reload. It is kept until the new one has proved itself.
struct Predecessor {
    let path: String
    let program: Descriptor
    let settings: Descriptor

    init(_ origin: Handover.Origin) throws(Failure) {
        path = origin.path
        program = Descriptor(adopting: origin.program)
        settings = Descriptor(adopting: origin.settings)
        for descriptor in [program, settings] { try descriptor.setInherited(false) }
    }

    var origin: Handover.Origin {
        Handover.Origin(program: program.number, settings: settings.number, path: path)
    }
}

/// Another run directory than the present one, in which the old generation is reached until the new one is ready.
struct FormerDirectory {
    let path: String
    let lock: Descriptor
    let control: Descriptor
    /// Those of systemd stay where they are, and are not among these.
    let sockets: [(pool: Pool, listening: Descriptor)]

    init(_ handover: Handover) throws(Failure) {
        path = handover.runDirectory
        lock = Descriptor(adopting: handover.lock)
        control = Descriptor(adopting: handover.control)
        sockets = handover.sockets.filter { !$0.isForeign }.map { ($0.pool, Descriptor(adopting: $0.descriptor)) }
        for descriptor in [lock, control] + sockets.map(\.listening) { try descriptor.setInherited(false) }
    }

    /// Leaves it to another supervisor.
    func discard() {
        RunDirectory.clear(path, of: sockets.map(\.pool))
    }
}

extension Supervisor {
    /// Gives everything back to the program that was before; returns when that is not possible.
    func returnToPredecessor() {
        guard let predecessor else { return }
        var handover = former.map(handover(in:)) ?? handover
        // Not removed by us: when there is no way back, they are still needed.
        if former != nil { handover.abandoned = settings.runDirectory }
        handover.origin = predecessor.origin
        handover.isReturn = true
        let program = Program(
            path: predecessor.path, settingsPath: program.settingsPath, patience: program.patience)
        do {
            for number in handover.descriptors { try Descriptor.setInherited(true, number) }
            try program.returnToServe(predecessor.program, handing: handover.text)
        } catch {
            log.error("the program before cannot be started again", metadata: ["reason": "\(error.line)"])
            for number in handover.descriptors { try? Descriptor.setInherited(false, number) }
        }
    }

    /// What the predecessor knew: its directory and its sockets.
    private func handover(in former: FormerDirectory) -> Handover {
        var handover = handover
        handover.runDirectory = former.path
        handover.lock = former.lock.number
        handover.control = former.control.number
        handover.sockets.removeAll { !$0.isForeign }
        handover.sockets += former.sockets.map {
            Handover.Socket(pool: $0.pool, descriptor: $0.listening.number, isForeign: false)
        }
        return handover
    }
}
