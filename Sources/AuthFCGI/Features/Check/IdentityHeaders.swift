import Domain

/// Who the visitor is, in the headers of the chosen profiles (conventions). A visitor without a name has them empty, so
/// that nginx overwrites whatever a client sent under the same names.
struct IdentityHeaders: Sendable {
    private let settings: Settings.Check

    init(_ settings: Settings.Check) {
        self.settings = settings
    }

    func add(_ caller: Identity?, to response: inout Response) {
        let id = caller?.userID.description ?? ""
        let email = caller.map { $0.isVerified ? PercentEncoding.header($0.email) : "" } ?? ""
        let display = PercentEncoding.header(caller?.name ?? "")
        let username = caller?.username ?? ""
        let role = caller?.role ?? ""
        // The immutable id unless the operator chose otherwise; an unverified address is nobody's name.
        let name =
            switch settings.user {
            case .id: id
            case .username: username
            case .email: email
            }
        for profile in settings.headers {
            switch profile {
            case .xAuthRequest:
                response.add("X-Auth-Request-User", name)
                response.add("X-Auth-Request-Email", email)
                response.add("X-Auth-Request-Preferred-Username", username)
                response.add("X-Auth-Request-Groups", role)
            case .remote:
                response.add("Remote-User", name)
                response.add("Remote-Email", email)
                response.add("Remote-Name", display)
                response.add("Remote-Groups", role)
            }
        }
        response.add("X-Auth-User-Id", id)
        response.add("X-Auth-Session", caller?.sessionID.description ?? "")
    }
}

/// Percent-encoding (RFC 3986, 2.1) of the bytes that a place cannot carry.
enum PercentEncoding {
    /// For a header: printable ASCII stays, except `%` and the comma that separates lists.
    static func header(_ text: String) -> String {
        encode(text) { (0x20...0x7E).contains($0) && $0 != 0x25 && $0 != 0x2C }
    }

    /// For the value of a query item: only unreserved characters and the slash stay.
    static func queryValue(_ text: String) -> String {
        encode(text) { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F: true
            default: false
            }
        }
    }

    private static func encode(_ text: String, keeping keeps: (UInt8) -> Bool) -> String {
        if text.utf8.allSatisfy(keeps) { return text }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if keeps(byte) {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
