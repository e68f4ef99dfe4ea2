/// One pool of a running service, spoken to as the web server does.
package struct FastCGIPool: Sendable {
    package let path: String
    package let secret: String

    package init(path: String, secret: String) {
        self.path = path
        self.secret = secret
    }

    /// The parameters of a request as the shipped nginx files write them.
    package func parameters(
        _ method: String, _ target: String, address: String = "127.0.0.1", more: [FastCGIParameter] = []
    ) -> [FastCGIParameter] {
        let path = String(target.prefix { $0 != "?" })
        return [
            FastCGIParameter("REQUEST_METHOD", method), FastCGIParameter("REQUEST_URI", target),
            FastCGIParameter("DOCUMENT_URI", path), FastCGIParameter("REMOTE_ADDR", address),
            FastCGIParameter("QUERY_STRING", String(target.dropFirst(path.count + 1))),
            FastCGIParameter("AUTHFCGI_POOL_SECRET", secret),
        ] + more
    }

    /// The bytes of a whole request.
    package func request(_ parameters: [FastCGIParameter], body: [UInt8] = []) -> [UInt8] {
        FastCGIRecords.begin()
            + FastCGIRecords.stream(FastCGIRecords.parametersType, FastCGIRecords.pairs(parameters))
            + FastCGIRecords.stream(FastCGIRecords.inputType, body)
    }

    /// Sends a request and waits for its answer.
    package func send(
        _ method: String, _ target: String, address: String = "127.0.0.1", more: [FastCGIParameter] = [],
        type: String? = nil, body: [UInt8] = []
    ) throws(FastCGIPeer.Refused) -> FastCGIAnswer {
        var more = more
        if let type { more.append(FastCGIParameter("CONTENT_TYPE", type)) }
        if !body.isEmpty { more.append(FastCGIParameter("CONTENT_LENGTH", "\(body.count)")) }
        let peer = try FastCGIPeer(path)
        peer.send(request(parameters(method, target, address: address, more: more), body: body))
        return peer.answer()
    }

    /// Posts JSON.
    package func post(
        _ target: String, _ json: String, address: String = "127.0.0.1", more: [FastCGIParameter] = []
    ) throws(FastCGIPeer.Refused) -> FastCGIAnswer {
        try send("POST", target, address: address, more: more, type: "application/json", body: Array(json.utf8))
    }
}
