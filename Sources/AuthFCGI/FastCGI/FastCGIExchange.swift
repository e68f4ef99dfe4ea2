internal import CFastCGI
internal import CSystem
internal import Domain
internal import Logging

/// One request and its answer through libfcgi, on a connection that the gate let through.
///
/// The connection does not block: the gate saw the whole request, and what it did not see is an error and no reason to
/// wait. Only for an answer that the peer must take piece by piece is waited, and not for long.
struct FastCGIExchange: ~Copyable {
    /// What the smallest buffer that a fresh socket can have takes at once, the records around an answer included.
    private static let unhinderedCount = 2000

    private let request: UnsafeMutablePointer<FCGX_Request>

    /// The connection stays the caller's to close; but where libfcgi does not read what the gate let through, this is nil
    /// and libfcgi has closed it: its number may soon be somebody else's.
    init?(on connection: Int32) {
        request = .allocate(capacity: 1)
        FCGX_InitRequest(request, -1, 0)
        request.pointee.ipcFd = connection
        // Else the first thing that FCGX_Accept_r does is to close the connection.
        request.pointee.keepConnection = 1
        // What is whole by now is ended by `deinit`, also when there is nothing to return.
        guard FCGX_Accept_r(request) == 0 else { return nil }
    }

    deinit {
        // Not FCGX_Finish_r: it closes as it likes, and may wait for the peer in doing so.
        FCGX_Free(request, 0)
        request.deallocate()
    }

    /// To be called once per process, before the first exchange; it installs signal handlers.
    static func prepare() {
        FCGX_Init()
    }

    /// Has the request answered, and sends the answer. The status that was sent.
    ///
    /// - Parameter isTurnedAway: whether there is no slot for what it asks for.
    func answer<App: Responder & ~Copyable>(
        from responder: inout App, id: RequestID, body state: RecordScanner.BodyState, isTurnedAway: Bool = false,
        log: Logger
    ) -> Int {
        let parameters = RequestParameters(request.pointee.envp)
        defer { parameters.close() }
        let body = readBody(state)
        let request = Request(id: id, parameters: parameters, body: body)
        let response = isTurnedAway ? responder.turnAway(request) : responder.respond(to: request)
        return send(response, to: request, log: log)
    }

    private func readBody(_ state: RecordScanner.BodyState) -> Body {
        switch state {
        case .tooLarge: return .tooLarge
        case .truncated:
            _ = read(Body.limit)
            return .truncated
        case .complete(let count):
            let bytes = read(count)
            return bytes.count == count ? .complete(bytes) : .truncated
        }
    }

    /// Reads until the end of the input, or so many bytes.
    private func read(_ limit: Int) -> [UInt8] {
        guard let input = request.pointee.in else { return [] }
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            guard limit > 0, let base = buffer.baseAddress else { return }
            base.withMemoryRebound(to: CChar.self, capacity: limit) {
                count = Int(FCGX_GetStr($0, Int32(limit), input))
            }
        }
        // The empty record at the end must be taken too: what lies unread when a socket closes resets the peer.
        _ = FCGX_GetChar(input)
        return bytes
    }

    private func send(_ response: Response, to asked: Request, log: Logger) -> Int {
        let hasBody = ResponseHead.hasBody(method: asked[.requestMethod], status: response.status)
        var status = response.status
        if var answer = ResponseHead.bytes(
            for: response, bodyCount: status == 204 || status == 304 ? nil : response.body.count)
        {
            if hasBody { answer += response.body }
            write(answer)
        } else {
            log.error("an answer had a header that cannot be sent", metadata: asked.logged)
            status = 500
            write(Array("Status: 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n".utf8))
        }
        // A peer that has gone, or takes nothing, is not our trouble; libfcgi would try once more.
        guard FCGX_GetError(request.pointee.out) == 0 else { return status }
        // Closing both streams writes the record that ends the request.
        FCGX_FClose(request.pointee.err)
        FCGX_FClose(request.pointee.out)
        return status
    }

    private func write(_ bytes: [UInt8]) {
        if bytes.count > Self.unhinderedCount {
            _ = system_set_timeouts(request.pointee.ipcFd, Int32(PendingConnections.patience))
        }
        bytes.withUnsafeBytes { buffer in
            _ = FCGX_PutStr(
                buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count), request.pointee.out)
        }
    }
}
