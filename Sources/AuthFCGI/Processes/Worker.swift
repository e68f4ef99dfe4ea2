internal import CSystem
internal import Crypto
internal import Domain
internal import Glibc
internal import Logging

/// Answers the requests of one pool, one after the other, until it is told to stop.
///
/// It takes a connection only when it is free to answer, so that the kernel's queue is shared by all workers; what it
/// took and cannot answer yet waits beside the next ones and holds nobody up (security F3).
struct Worker<App: Responder & ~Copyable>: ~Copyable {
    private let listening: Descriptor
    private let stop: Descriptor
    private let peers: Peers
    private let scoreboard: Scoreboard
    private let clock: any Clock
    private var requestIDs = RandomSupply()
    private var complaints: Complaints
    private let log: Logger
    private var responder: App

    private var poller: Poller
    private var pending = PendingConnections(capacity: 256)
    /// Whole requests that came together and are served next.
    private var batch: [HashQueue.Entry] = []
    /// Where requests wait for a slot, in the pool whose requests hash.
    private var queue: HashQueue?
    private var niceness: Niceness?
    private var isStopping = false
    /// When accepting goes on after the machine refused it.
    private var acceptsAgain: Int64?
    /// Errands are not run before.
    private var nextErrands: Int64 = 0
    private var window = [UInt8](repeating: 0, count: RecordScanner.window)

    /// - Parameters:
    ///   - stop: becomes readable when the worker shall finish what it has and leave.
    ///   - slots: what a request of this pool needs before it is served; nil where they need none.
    ///   - niceness: of a worker whose requests take long.
    init(
        listening: Descriptor, stop: Descriptor, slots: HashSlots? = nil, niceness: consuming Niceness? = nil,
        peers: Peers, scoreboard: Scoreboard, clock: any Clock, log: Logger, responder: consuming App
    ) throws(Failure) {
        let poller = try Poller()
        try poller.add(listening, .exclusive)
        try poller.add(stop, .level)
        self.poller = poller
        self.listening = listening
        self.stop = stop
        self.peers = peers
        self.scoreboard = scoreboard
        self.clock = clock
        self.log = log
        queue = slots.map(HashQueue.init)
        self.niceness = niceness
        complaints = Complaints(log: log)
        self.responder = responder
    }

    /// Returns when it was told to stop and everything it took is answered.
    mutating func run() throws(Failure) {
        while !isStopping || !pending.isEmpty || queue?.isEmpty == false {
            let deadlines = [pending.nextDeadline, acceptsAgain, queue?.deadline, errandsDeadline]
            let ready = try poller.wait(until: deadlines.compactMap(\.self).min())
            for number in ready where number != listening.number && number != stop.number {
                advance(number)
            }
            if ready.contains(stop.number) {
                isStopping = true
                acceptsAgain = nil
                poller.remove(listening)
                poller.remove(stop)
                takeLast()
            }
            if !isStopping, queue?.hasSlot != true { try accept(isReady: ready.contains(listening.number)) }
            serveBatch()
            turnAwayLate()
            try serveNext()
            pending.dropExpired(now: Monotonic.now)
            runErrands()
        }
        responder.finish()
    }

    /// Within a second, whatever happens to the clock; and not again at once when it did not work.
    private var errandsDeadline: Int64? {
        guard let due = responder.errandsDue else { return nil }
        let wait = min(max((due - clock.now()).microseconds / 1000, 0), 1000)
        return max(Monotonic.now + wait, nextErrands)
    }

    private mutating func runErrands() {
        guard let deadline = errandsDeadline, deadline <= Monotonic.now else { return }
        // They may wait for the disk: in a rush somebody does them who has a slot, so that another one is at the door.
        let isAtDoor = queue?.isAtDoorInRush == true
        if !isAtDoor { responder.runErrands() }
        nextErrands = Monotonic.now + (isAtDoor ? 20 : 1000)
    }

    private mutating func accept(isReady: Bool) throws(Failure) {
        if let again = acceptsAgain, again <= Monotonic.now {
            acceptsAgain = nil
            return try poller.add(listening, .exclusive)
        }
        guard isReady else { return }
        // Where requests queue, the next one is there already; after a millisecond the others have their turn. Who would wait here
        // for somebody's hash may find another worker that does nothing.
        let end = Monotonic.now + 1
        var taken = 0
        repeat {
            let number = system_accept(listening.number)
            guard number >= 0 else { return pauseAccepting(after: errno) }
            welcome(Descriptor(adopting: number))
            taken += 1
        } while (!taken.isMultiple(of: responder.batchLimit) || Monotonic.now < end) && queue?.isEmpty != false
    }

    /// The kernel may have woken this worker, and no other, for a connection: it would wait until the next one comes.
    private mutating func takeLast() {
        let number = system_accept(listening.number)
        if number >= 0 { welcome(Descriptor(adopting: number)) }
    }

    private mutating func welcome(_ connection: Descriptor) {
        guard peers.admits(connection: connection.number) else { return complaints.note("a foreign user connected") }
        look(at: connection)
    }

    /// Another worker was faster, or there are no descriptors: trying on at once would only burn time.
    private mutating func pauseAccepting(after code: Int32) {
        guard code != EAGAIN else { return }
        complaints.note("accept failed: " + String(cString: strerror(code)))
        pending.dropOldest()
        poller.remove(listening)
        acceptsAgain = Monotonic.now + 100
    }

    /// Goes on with a connection that something happened to.
    private mutating func advance(_ number: Int32) {
        guard let (connection, waiting) = pending[number] else { return }
        switch waiting {
        case .forRequest:
            look(at: connection)
        case .forEnd:
            drain(connection)
        }
    }

    /// Answers the request when all of it is there, and waits for the rest otherwise.
    private mutating func look(at connection: Descriptor) {
        let count = system_peek(connection.number, &window, window.count)
        if count == 0 || count < 0 && errno != EAGAIN { return pending.forget(connection) }
        switch RecordScanner.scan(window[..<max(0, Int(count))]) {
        case .incomplete:
            if !pending.contains(connection) { wait(connection, .forRequest) }
        case .rejected(let reason):
            pending.forget(connection)
            complaints.note("a connection did not speak FastCGI: \(reason.rawValue)")
        case .ready(let preview):
            guard peers.admits(secret: preview.poolSecret) else {
                pending.forget(connection)
                return complaints.note("a connection came without the pool's secret")
            }
            let isWatched = pending.contains(connection)
            pending.forget(connection)
            let device =
                queue == nil ? nil : preview.cookie.flatMap { responder.device(String(decoding: $0, as: UTF8.self)) }
            admit(
                HashQueue.Entry(
                    connection: connection, body: preview.body, isWatched: isWatched, device: device,
                    since: Monotonic.now))
        }
    }

    /// Has a whole request served at once, or when there is a slot for it.
    private mutating func admit(_ request: HashQueue.Entry) {
        guard queue != nil else {
            batch.append(request)
            if batch.count >= responder.batchLimit { serveBatch() }
            return
        }
        if queue?.enter(request) == false { turnAway(request) }
        scoreboard.waiting = queue?.count ?? 0
    }

    private mutating func turnAway(_ request: HashQueue.Entry) {
        complaints.note("sign-ins are turned away: all slots to hash are taken and the queue is full")
        serve([request], isTurnedAway: true)
    }

    /// Refuses who has waited for a slot in vain, before his request is too old to be served.
    private mutating func turnAwayLate() {
        while let request = queue?.nextLate(now: Monotonic.now) { turnAway(request) }
    }

    /// Serves who has waited for a slot, when there is one.
    private mutating func serveNext() throws(Failure) {
        guard let request = queue?.next(now: Monotonic.now) else { return }
        try hearNewcomers()
        niceness?.settle()
        scoreboard.waiting = queue?.count ?? 0
        // Whoever has gone meanwhile needs no hash.
        if system_has_gone(request.connection.number) == 0 { serve([request]) }
        runErrands()
        queue?.giveBack(now: Monotonic.now)
    }

    /// Who was accepted a moment ago and whose request is still on its way would hear only after the whole hash that he is one
    /// too many.
    private mutating func hearNewcomers() throws(Failure) {
        let end = Monotonic.now + 5
        while pending.hasNewcomer(since: 10, now: Monotonic.now), Monotonic.now < end {
            for number in try poller.wait(until: end) where number != listening.number && number != stop.number {
                advance(number)
            }
        }
    }

    private mutating func serveBatch() {
        guard !batch.isEmpty else { return }
        let requests = batch
        batch.removeAll(keepingCapacity: true)
        serve(requests)
    }

    /// Answers requests that are served together, or turns them away.
    private mutating func serve(_ requests: [HashQueue.Entry], isTurnedAway: Bool = false) {
        let served = requests.compactMap { request in exchange(for: request).map { (request: request, exchange: $0) } }
        guard !served.isEmpty else { return }
        let (scoreboard, log) = (scoreboard, log)
        func send(_ response: Response, at index: Int) {
            scoreboard.end(status: served[index].exchange.send(response, log: log))
            if index + 1 < served.count { scoreboard.begin(at: Monotonic.now) }
        }
        scoreboard.begin(at: Monotonic.now)
        if isTurnedAway {
            for (index, one) in served.enumerated() { send(responder.turnAway(one.exchange.request), at: index) }
        } else {
            responder.respond(to: served.map(\.exchange.request)) { send($1, at: $0) }
        }
        for one in served where one.request.body == .tooLarge { hearOut(one.request) }
    }

    /// What reads the request and sends its answer; nil when libfcgi has closed the connection instead.
    private mutating func exchange(for request: HashQueue.Entry) -> FastCGIExchange? {
        let id = RequestID(at: clock.now(), from: &requestIDs)
        if let exchange = FastCGIExchange(on: request.connection.number, id: id, body: request.body) { return exchange }
        request.connection.noteClosed()
        scoreboard.end(status: 500)
        complaints.note("libfcgi refused a request that the scanner let through")
        return nil
    }

    /// Lets a peer that is told that its body is too large send the rest: it would not read the answer else.
    private mutating func hearOut(_ request: HashQueue.Entry) {
        shutdown(request.connection.number, Int32(SHUT_WR))
        wait(request.connection, .forEnd, isWatched: request.isWatched)
        drain(request.connection)
    }

    /// Keeps a connection until something comes or its time is over; without a watch it would only be kept in vain.
    private mutating func wait(
        _ connection: Descriptor, _ waiting: PendingConnections.Waiting, isWatched: Bool = false
    ) {
        if !isWatched {
            do { try poller.add(connection, .edge) } catch { return complaints.note(error.line) }
        }
        pending.keep(connection, waiting, now: Monotonic.now)
    }

    /// Throws away what still comes, a bounded amount at a time.
    private mutating func drain(_ connection: Descriptor) {
        for _ in 0..<8 {
            let count = recv(connection.number, &window, window.count, Int32(MSG_DONTWAIT))
            if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            if count <= 0 { return pending.forget(connection) }
        }
        // Who sends more than a megabyte at a time beyond the limit is not a browser behind the web server.
        pending.forget(connection)
    }
}
