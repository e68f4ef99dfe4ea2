/// The head of an answer as CGI writes it (RFC 3875, section 6): `Status`, then the headers.
enum ResponseHead {
    /// Nil when a header could be read as something else than it is: that is a defect of ours.
    static func bytes(for response: Response, bodyCount: Int?) -> [UInt8]? {
        guard (200...599).contains(response.status) else { return nil }
        var head: [UInt8] = []
        head.reserveCapacity(response.headers.reduce(96) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 })
        append("Status: \(response.status) \(reason(of: response.status))\r\n", to: &head)
        for header in response.headers {
            guard !header.name.isEmpty, append(header.name, to: &head, if: isTokenByte), !isOurs(header.name) else {
                return nil
            }
            head.append(UInt8(ascii: ":"))
            head.append(UInt8(ascii: " "))
            guard append(header.value, to: &head, if: isFieldByte) else { return nil }
            head.append(UInt8(ascii: "\r"))
            head.append(UInt8(ascii: "\n"))
        }
        if let bodyCount { append("Content-Length: \(bodyCount)\r\n", to: &head) }
        append("\r\n", to: &head)
        return head
    }

    /// False when a byte is not allowed.
    @discardableResult
    private static func append(
        _ text: String, to head: inout [UInt8], if isAllowed: (UInt8) -> Bool = { _ in true }
    ) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            head.append(contentsOf: bytes)
            return bytes.allSatisfy(isAllowed)
        }
    }

    /// Whether an answer to this method with this status has a body (RFC 9110, sections 9.3.2, 15.3.5, 15.4.5).
    static func hasBody(method: String?, status: Int) -> Bool {
        method != "HEAD" && status != 204 && status != 304
    }

    /// The reason phrase of a status (RFC 9110, section 15). nginx copies the line as it is, and a status line without one
    /// loses the space that RFC 9112, section 4, demands.
    private static func reason(of status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 303: "See Other"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Unnamed"
        }
    }

    /// What a handler must not set, because it is said here.
    private static func isOurs(_ name: String) -> Bool {
        ours.contains { HeaderName.isSame($0, name) }
    }

    private static let ours = ["content-length", "status", "transfer-encoding", "connection"]

    /// RFC 9110, section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+.^_`|~".utf8.contains(byte)
        }
    }

    /// RFC 9110, section 5.5, without control characters of any kind.
    private static func isFieldByte(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }
}
