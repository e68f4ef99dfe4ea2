import Crypto
import Domain
import Testing

@testable import AuthFCGI

@Suite struct FlashCookieTests {
    private let now = Instant(seconds: 1_800_000_000)
    private let keyring: Keyring
    private let flash = Flash(
        code: "weak_password", field: "password",
        values: [.init(name: "name", value: "Ada é"), .init(name: "b", value: "")])

    init() throws {
        keyring = try Keyring(parsing: Keyring.newFile(created: "2026-01-31"))
    }

    @Test func `what was sealed is opened for five minutes`() {
        let cookie = flash.sealed(with: keyring, at: now)
        #expect(Flash(opening: cookie, with: keyring, at: now) == flash)
        #expect(Flash(opening: cookie, with: keyring, at: now + .seconds(299)) == flash)
        #expect(Flash(opening: cookie, with: keyring, at: now + .seconds(300)) == nil)
        #expect(!cookie.contains("Ada"))
    }

    @Test func `a flash needs neither a field nor values`() {
        let bare = Flash(code: "limited", field: nil, values: [])
        #expect(Flash(opening: bare.sealed(with: keyring, at: now), with: keyring, at: now) == bare)
    }

    @Test func `secrets are never kept`() {
        let names = ["password", "new_password", "current_password", "raw_password", "email"]
        let flash = Flash(code: "c", field: nil, values: names.map { .init(name: $0, value: "hunter2") })
        #expect(flash.values == [.init(name: "email", value: "hunter2")])
    }

    @Test func `a changed or foreign cookie is nothing`() throws {
        let cookie = flash.sealed(with: keyring, at: now)
        for index in [0, 5, 6, 40, cookie.utf8.count - 2] {
            var bytes = Array(cookie.utf8)
            bytes[index] = bytes[index] == 0x41 ? 0x42 : 0x41
            #expect(Flash(opening: String(decoding: bytes, as: UTF8.self), with: keyring, at: now) == nil, "\(index)")
        }
        let other = try Keyring(parsing: Keyring.newFile(created: "2026-01-31"))
        #expect(Flash(opening: cookie, with: other, at: now) == nil)
    }

    @Test(arguments: ["", "A", "AAAA", "AAAAAQ", "not base 64", String(repeating: "A", count: 3501), "AAAAAQAA"])
    func `garbage is nothing`(cookie: String) {
        #expect(Flash(opening: cookie, with: keyring, at: now) == nil)
    }

    @Test func `values that do not fit are left out`() throws {
        let long = String(repeating: "x", count: 1500)
        let flash = Flash(
            code: "c", field: nil,
            values: [.init(name: "a", value: long), .init(name: "b", value: long), .init(name: "c", value: "short")])
        let cookie = flash.sealed(with: keyring, at: now)
        #expect(cookie.utf8.count <= 3500)
        let opened = try #require(Flash(opening: cookie, with: keyring, at: now))
        #expect(opened.values.map(\.name) == ["a", "c"])
    }

    @Test func `a retired key still opens`() throws {
        let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        let newer = String(key.reversed())
        let before = try Keyring(parsing: "1 2026-01-31 active \(key)\n")
        let after = try Keyring(parsing: "1 2026-01-31 retired \(key)\n2 2026-02-28 active \(newer)\n")
        let cookie = flash.sealed(with: before, at: now)
        #expect(Flash(opening: cookie, with: after, at: now) == flash)
    }
}
