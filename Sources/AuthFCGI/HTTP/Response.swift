internal import Domain

/// One answer. Header values are checked when they are written: a line break in one is a defect, not a header.
struct Response: Sendable, Equatable {
    struct Header: Sendable, Equatable {
        let name: String
        let value: String
    }

    var status: Int
    var headers: [Header]
    var body: [UInt8]

    init(_ status: Int, headers: [Header] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    mutating func add(_ name: String, _ value: String) {
        headers.append(Header(name: name, value: value))
    }

    /// A header that another value would contradict.
    mutating func add(_ name: String, unlessSet value: String) {
        if self[name] == nil { add(name, value) }
    }

    /// The first value of a header, whatever the case of its name.
    subscript(header: String) -> String? {
        headers.first { HeaderName.isSame($0.name, header) }?.value
    }
}

/// What answers requests in a worker: it owns the worker's database connection.
protocol Responder: ~Copyable {
    /// Never throws: whatever goes wrong is an answer.
    mutating func respond(to request: Request) -> Response

    /// How many requests that came together are worth answering together.
    var batchLimit: Int { get }

    /// Answers requests that came together, each as if it had come by itself.
    ///
    /// - Parameter send: to be called once for each, in their order, with its index and its answer.
    mutating func respond(to requests: [Request], send: (Int, Response) -> Void)

    /// Answers a request that is too many, without any work.
    mutating func turnAway(_ request: Request) -> Response

    /// The browser whose mark a header `Cookie` brings: it has signed in before.
    func device(_ cookies: String) -> DeviceID?

    /// When `runErrands` is to be called, nil while there is nothing to do.
    var errandsDue: Instant? { get }

    /// Does what answers left to be done later. Called between two requests, when nobody waits for this worker's answer.
    mutating func runErrands()

    /// Called once, after the last request.
    mutating func finish()
}

extension Responder where Self: ~Copyable {
    var batchLimit: Int { 1 }

    mutating func respond(to requests: [Request], send: (Int, Response) -> Void) {
        for (index, request) in requests.enumerated() { send(index, respond(to: request)) }
    }

    mutating func turnAway(_ request: Request) -> Response { Response(503) }
    func device(_ cookies: String) -> DeviceID? { nil }
    var errandsDue: Instant? { nil }
    mutating func runErrands() {}
    mutating func finish() {}
}
