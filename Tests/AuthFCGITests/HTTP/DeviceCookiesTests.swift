import Crypto
import Domain
import Foundation
import JSON
import Support
import Testing

@testable import AuthFCGI

@Suite struct DeviceCookiesTests {
    private let cookies = DeviceCookies(keyring: .test, isSecure: true)
    private let now = Instant(seconds: 1_800_000_000)
    private var device: Device {
        Device(
            id: DeviceID(trusted: [UInt8](repeating: 1, count: 16)),
            userID: UserID(trusted: Array("0123456789abcdef".utf8)), passwordChangedAt: now - .days(3))
    }

    /// `name=value` of the header `Set-Cookie`.
    private func pair(_ header: String) -> String { String(header.prefix { $0 != ";" }) }

    @Test func `what was sealed comes back, and ends half a year later`() {
        let header = cookies.cookie(device, at: now)
        #expect(header.hasPrefix("__Host-device="))
        #expect(header.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000"))
        let sent = "__Host-sid=x; \(pair(header)); theme=dark"
        #expect(cookies.open(sent, at: now) == device)
        #expect(cookies.open(sent, at: now + .days(180) - .seconds(1)) == device)
        #expect(cookies.open(sent, at: now + .days(180)) == nil)
    }

    @Test func `a user without a time of the password stays one`() {
        let plain = Device(id: device.id, userID: device.userID, passwordChangedAt: nil)
        #expect(cookies.open(pair(cookies.cookie(plain, at: now)), at: now) == plain)
    }

    @Test func `it names nobody in plain text`() throws {
        let value = pair(cookies.cookie(device, at: now)).dropFirst("__Host-device=".count)
        let bytes = try #require(Base64URL.decode(String(value)))
        #expect(Data(bytes).range(of: Data(device.userID.bytes)) == nil)
    }

    @Test func `nothing else opens`() {
        let sent = Array(pair(cookies.cookie(device, at: now)))
        for index in sent.indices.dropFirst("__Host-device=".count) {
            var forged = sent
            forged[index] = forged[index] == "A" ? "B" : "A"
            #expect(cookies.open(String(forged), at: now) == nil, "\(index)")
        }
        for odd in [
            nil, "", "__Host-device", "__Host-device=", "__Host-device=AAAA", "device=x",
            "\(String(sent)); \(String(sent))",
        ] {
            #expect(cookies.open(odd, at: now) == nil)
        }
        let flash = Flash(code: "x", field: nil, values: []).sealed(with: .test, at: now)
        #expect(cookies.open("__Host-device=\(flash)", at: now) == nil)
    }

    @Test func `signing in makes the browser known, and guesses no longer lock it out`() throws {
        let service = Service { settings in
            settings.limits.signInAccount = Budget(burst: 2, every: .hours(1))
            settings.limits.signInPair = Budget(burst: 2, every: .hours(1))
        }
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            func signIn(_ password: String, cookie: String? = nil) -> Response {
                let visit = Visit.post("/auth/login", json: ["username": "ann", "password": .string(password)])
                    .with(.remoteAddress, "198.51.100.7")
                return service.send(cookie.map(visit.with(cookie:)) ?? visit, in: &store)
            }
            let opened = signIn(goodPassword)
            let set = opened.all("Set-Cookie").first { $0.hasPrefix("__Host-device=") }
            let known = pair(try #require(set))
            // The first sign-in made the network known; its pair of address and account is what runs out.
            #expect(signIn("wrong").status == 401)
            #expect(signIn(goodPassword).status == 429)
            let again = signIn(goodPassword, cookie: known)
            #expect(again.status == 200)
            #expect(again.sessionCookie != nil)
        }
    }
}
