internal import CFastCGI
internal import CSystem
internal import Domain
internal import Logging

/// One request and its answer through libfcgi, on a connection that the gate let through.
///
/// The connection does not block: the gate saw the whole request, and what it did not see is an error and no reason to
/// wait. Only for an answer that the peer must take piece by piece is waited, and not for long.
final class FastCGIExchange {
    /// What the smallest buffer that a fresh socket can have takes at once, the records around an answer included.
    private static let unhinderedCount = 2000

    private let call: UnsafeMutablePointer<FCGX_Request>
    private let parameters: RequestParameters
    /// Its parameters are there as long as the exchange is.
    let request: Request

    /// Reads the request. The connection stays the caller's to close; but where libfcgi does not read what the gate let through,
    /// this is nil and libfcgi has closed it: its number may soon be somebody else's.
    init?(on connection: Int32, id: RequestID, body state: RecordScanner.BodyState) {
        call = .allocate(capacity: 1)
        FCGX_InitRequest(call, -1, 0)
        call.pointee.ipcFd = connection
        // Else the first thing that FCGX_Accept_r does is to close the connection.
        call.pointee.keepConnection = 1
        guard FCGX_Accept_r(call) == 0 else {
            Self.end(call)
            return nil
        }
        parameters = RequestParameters(call.pointee.envp)
        request = Request(id: id, parameters: parameters, body: Self.readBody(state, of: call))
    }

    deinit {
        parameters.close()
        Self.end(call)
    }

    /// Not FCGX_Finish_r: it closes as it likes, and may wait for the peer in doing so.
    private static func end(_ call: UnsafeMutablePointer<FCGX_Request>) {
        FCGX_Free(call, 0)
        call.deallocate()
    }

    /// To be called once per process, before the first exchange; it installs signal handlers.
    static func prepare() {
        FCGX_Init()
    }

    private static func readBody(
        _ state: RecordScanner.BodyState, of call: UnsafeMutablePointer<FCGX_Request>
    ) -> Body {
        switch state {
        case .tooLarge: return .tooLarge
        case .truncated:
            _ = read(Body.limit, of: call)
            return .truncated
        case .complete(let count):
            let bytes = read(count, of: call)
            return bytes.count == count ? .complete(bytes) : .truncated
        }
    }

    /// Reads until the end of the input, or so many bytes.
    private static func read(_ limit: Int, of call: UnsafeMutablePointer<FCGX_Request>) -> [UInt8] {
        guard let input = call.pointee.in else { return [] }
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

    /// Sends the answer; the status that was sent.
    func send(_ response: Response, log: Logger) -> Int {
        let hasBody = ResponseHead.hasBody(method: request[.requestMethod], status: response.status)
        var status = response.status
        if var answer = ResponseHead.bytes(
            for: response, bodyCount: status == 204 || status == 304 ? nil : response.body.count)
        {
            if hasBody { answer += response.body }
            write(answer)
        } else {
            log.error("an answer had a header that cannot be sent", metadata: request.logged)
            status = 500
            write(Array("Status: 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n".utf8))
        }
        // A peer that has gone, or takes nothing, is not our trouble; libfcgi would try once more.
        guard FCGX_GetError(call.pointee.out) == 0 else { return status }
        // Closing both streams writes the record that ends the request.
        FCGX_FClose(call.pointee.err)
        FCGX_FClose(call.pointee.out)
        return status
    }

    private func write(_ bytes: [UInt8]) {
        if bytes.count > Self.unhinderedCount {
            _ = system_set_timeouts(call.pointee.ipcFd, Int32(PendingConnections.patience))
        }
        bytes.withUnsafeBytes { buffer in
            _ = FCGX_PutStr(
                buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count), call.pointee.out)
        }
    }
}
