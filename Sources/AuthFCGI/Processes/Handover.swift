internal import Glibc

/// What a supervisor tells the program that it becomes at a reload: which descriptors are what, and who works.
struct Handover: Equatable {
    /// The environment variable that carries it.
    static let variable = "AUTHFCGI_HANDOVER"

    struct Socket: Equatable {
        let pool: Pool
        let descriptor: Int32
        /// Whether systemd made it: then it is not ours to remove.
        let isForeign: Bool
    }

    /// The program that hands over, so that one which cannot go on finds back to it.
    struct Origin: Equatable {
        /// The program itself, whatever stands at its path by now.
        let program: Int32
        /// The settings of its workers.
        let settings: Int32
        let path: String
    }

    struct Worker: Equatable {
        let process: Int32
        let pool: Pool
        let generation: Int
        let startedAt: Int64
        let state: Child.State
        let since: Int64
        /// -1 when it has said that it is ready.
        let status: Int32
        let scoreboard: Int32
    }

    /// What the workers of a pool counted that are no more.
    struct Elder: Equatable {
        let pool: Pool
        let scoreboard: Int32
        /// Seconds since 1970.
        let since: Int64
    }

    var runDirectory: String
    var generation: Int
    var lock: Int32
    var control: Int32
    var sockets: [Socket] = []
    var workers: [Worker] = []
    var elders: [Elder] = []
    var origin: Origin?
    /// Whether the origin gets everything back.
    var isReturn = false
    /// Another directory, whose sockets the origin removes when it has everything back.
    var abandoned: String?

    /// A line for each; a path is last because it may hold spaces.
    var text: String {
        var lines = ["supervisor \(generation) \(lock) \(control) \(runDirectory)"]
        if let origin { lines.append("origin \(origin.program) \(origin.settings) \(origin.path)") }
        if isReturn { lines.append(Self.returnLine) }
        if let abandoned { lines.append("abandoned \(abandoned)") }
        lines += sockets.map { "socket \($0.pool.rawValue) \($0.descriptor) \($0.isForeign ? 1 : 0)" }
        lines += workers.map { worker in
            "worker \(worker.process) \(worker.pool.rawValue) \(worker.generation) \(worker.startedAt) "
                + "\(worker.state.rawValue) \(worker.since) \(worker.status) \(worker.scoreboard)"
        }
        lines += elders.map { "elder \($0.pool.rawValue) \($0.scoreboard) \($0.since)" }
        return lines.joined(separator: "\n")
    }

    private static let returnLine = "return"
}

extension Handover {
    /// Everything that is open in it.
    var descriptors: [Int32] {
        let all = [lock, control] + sockets.map(\.descriptor) + workers.flatMap { [$0.status, $0.scoreboard] }
        let more = elders.map(\.scoreboard) + (origin.map { [$0.program, $0.settings] } ?? [])
        return (all + more).filter { $0 >= 0 }
    }

    /// Nil when the text is not one that `text` made. Lines of a kind that a later version added are passed over, and
    /// so are words behind those that are known here.
    init?(_ text: String) {
        let lines = text.split(separator: "\n")
        let first = lines.first?.split(separator: " ", maxSplits: 4).map(String.init) ?? []
        guard first.count == 5, first[0] == "supervisor", let generation = Int(first[1]), let lock = Int32(first[2]),
            let control = Int32(first[3])
        else { return nil }
        self.init(runDirectory: first[4], generation: generation, lock: lock, control: control)
        for line in lines.dropFirst() {
            let words = line.split(separator: " ").map(String.init)
            // A pool that a later version added is passed over as well; its workers end by themselves.
            if let pool = Self.pool(of: words), Pool(rawValue: pool) == nil { continue }
            switch words.first {
            case "socket":
                guard let socket = Socket(words) else { return nil }
                sockets.append(socket)
            case "worker":
                guard let worker = Worker(words) else { return nil }
                workers.append(worker)
            case "elder":
                guard let elder = Elder(words) else { return nil }
                elders.append(elder)
            case "origin": origin = Origin(line)
            case Self.returnLine: isReturn = true
            case "abandoned": abandoned = line.split(separator: " ", maxSplits: 1).last.map(String.init)
            default: continue
            }
        }
    }
}

extension Handover {
    /// The word that names a pool, in a line that has one.
    private static func pool(of words: [String]) -> String? {
        switch words.first {
        case "socket", "elder": words.count > 1 ? words[1] : nil
        case "worker": words.count > 2 ? words[2] : nil
        default: nil
        }
    }
}

extension Handover.Origin {
    fileprivate init?(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, let program = Int32(words[1]), let settings = Int32(words[2]) else { return nil }
        self.init(program: program, settings: settings, path: words[3])
    }
}

extension Handover.Socket {
    fileprivate init?(_ words: [String]) {
        guard words.count >= 4, let pool = Pool(rawValue: words[1]),
            let descriptor = Int32(words[2])
        else { return nil }
        self.init(pool: pool, descriptor: descriptor, isForeign: words[3] == "1")
    }
}

extension Handover.Worker {
    fileprivate init?(_ words: [String]) {
        guard words.count >= 9, let process = Int32(words[1]),
            let pool = Pool(rawValue: words[2]),
            let generation = Int(words[3]), let startedAt = Int64(words[4]),
            let state = Child.State(rawValue: words[5]),
            let since = Int64(words[6]), let status = Int32(words[7]), let scoreboard = Int32(words[8])
        else { return nil }
        self.init(
            process: process, pool: pool, generation: generation, startedAt: startedAt, state: state, since: since,
            status: status, scoreboard: scoreboard)
    }
}

extension Handover.Elder {
    fileprivate init?(_ words: [String]) {
        guard words.count >= 4, let pool = Pool(rawValue: words[1]),
            let scoreboard = Int32(words[2]), let since = Int64(words[3])
        else { return nil }
        self.init(pool: pool, scoreboard: scoreboard, since: since)
    }
}
