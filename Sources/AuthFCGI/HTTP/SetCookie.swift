/// One cookie to set: for the whole site, out of reach of scripts, not sent with requests that other sites make.
struct SetCookie: Sendable, Equatable {
    let name: String
    /// Cookie-octets only; what we hand out is Base 64.
    let value: String
    /// In seconds; nil for as long as the browser runs, 0 to remove the cookie.
    let maxAge: Int64?
    let isSecure: Bool

    /// The name of a cookie in the browser: the prefix binds it to this host, TLS and the path `/`.
    static func name(_ base: String, isSecure: Bool) -> String { isSecure ? "__Host-" + base : base }

    init(_ base: String, _ value: String, maxAge: Int64? = nil, isSecure: Bool) {
        precondition(value.utf8.allSatisfy(Cookies.isOctet), "a cookie has a character that cookies cannot have")
        name = SetCookie.name(base, isSecure: isSecure)
        self.value = value
        self.maxAge = maxAge
        self.isSecure = isSecure
    }

    /// Removes the cookie from the browser.
    static func expired(_ base: String, isSecure: Bool) -> SetCookie {
        SetCookie(base, "", maxAge: 0, isSecure: isSecure)
    }

    /// The value of the header `Set-Cookie`.
    var header: String {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        return "\(name)=\(value); Path=/\(isSecure ? "; Secure" : ""); HttpOnly; SameSite=Lax\(age)"
    }
}
