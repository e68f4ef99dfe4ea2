/// The head of an answer as CGI writes it (RFC 3875, section 6): `Status`, then the headers.
enum ResponseHead {
    /// Nil when a header could be read as something else than it is: that is a defect of ours.
    static func bytes(for response: Response, bodyCount: Int?) -> [UInt8]? {
        guard (200...599).contains(response.status) else { return nil }
        var head = Array("Status: \(response.status) \(reason(of: response.status))\r\n".utf8)
        for header in response.headers {
            guard isToken(header.name), isFieldValue(header.value), !isOurs(header.name) else { return nil }
            head += Array("\(header.name): \(header.value)\r\n".utf8)
        }
        if let bodyCount { head += Array("Content-Length: \(bodyCount)\r\n".utf8) }
        return head + Array("\r\n".utf8)
    }

    /// The reason phrase (RFC 9110, section 15). nginx passes the line on, and there are clients that expect one.
    private static func reason(of status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 303: "See Other"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Answer"
        }
    }

    /// Whether an answer to this method with this status has a body (RFC 9110, sections 9.3.2, 15.3.5, 15.4.5).
    static func hasBody(method: String?, status: Int) -> Bool {
        method != "HEAD" && status != 204 && status != 304
    }

    /// What a handler must not set, because it is said here.
    private static func isOurs(_ name: String) -> Bool {
        ["content-length", "status", "transfer-encoding", "connection"].contains(name.lowercased())
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// RFC 9110, section 5.5, without control characters of any kind.
    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
