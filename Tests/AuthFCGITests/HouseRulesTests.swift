import Foundation
import Support
import Testing

@testable import AuthFCGI

/// What keeps the house tidy: the lists that everything else reads are complete.
@Suite struct `House rules` {
    @Test func `no route stands twice and every route says what it does`() {
        let names = routes.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(names).count == names.count)
        for route in routes {
            #expect(route.summary.hasSuffix("."), "\(route.path)")
            #expect(route.path.hasPrefix("/"), "\(route.path)")
            #expect(route.method.isSafe || route.forms != .exempt, "\(route.path) changes something from anywhere")
            #expect(route.fields.isEmpty || !route.bodies.isEmpty, "\(route.path)")
        }
    }

    /// Whatever needs a password is hashed in the pool for it.
    @Test func `routes with a password belong to the login pool`() {
        let passwords = Input.secretNames.filter { $0.hasSuffix("password") }
        #expect(passwords.count == 4)
        for route in routes where !Set(route.fields).isDisjoint(with: passwords) {
            #expect(route.pool == .login, "\(route.path)")
        }
    }

    /// By exact paths; one with a placeholder shares its path with other methods and is chosen by a map.
    @Test func `nginx leads the profiles' routes with a password to their pool, and no others`() throws {
        let pattern = #/location = (\S+)\s+\{ try_files /.authfcgi/gate @authfcgi_login; \}/#
        let led = try text("nginx/compat.conf").matches(of: pattern).map { String($0.1) }
        let routes = CompatRoutes.mounted(by: .usual).filter { $0.pool == .login && !$0.path.contains("{") }
        #expect(led.sorted() == routes.map(\.path).sorted())
    }

    /// A check is sent less than other requests: what it reads, under names that the gate knows.
    @Test func `nginx sends a check what it reads`() throws {
        let sent = try text("nginx/check.conf").matches(of: #/\n\s*fastcgi_param\s+(\S+)/#).map { String($0.1) }
        let read: [Parameter] = [
            .requestMethod, .requestURI, .documentURI, .receivedAt, .cookie, .authorization, .traceParent,
        ]
        #expect(sent.sorted() == read.map(\.rawValue).sorted())
    }

    @Test func `every code has its own texts`() {
        let codes = ErrorCatalogue.entries.map(\.code)
        #expect(Set(codes).count == codes.count)
        for entry in ErrorCatalogue.entries {
            #expect(entry.code.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil)
            #expect(!entry.title.isEmpty && entry.text.hasSuffix("."), "\(entry.code)")
        }
    }

    /// Codes are born in many places; each that stands in the sources must be in the catalogue.
    @Test func `every code in the sources is in the catalogue`() throws {
        let known = Set(ErrorCatalogue.entries.map(\.code))
        let patterns = [
            #/(?:InvalidInput|Complaint)\(\s*"?[a-zA-Z_.]+"?, "([a-z_]+)"/#, #/HTTPRefusal\(\s*"([a-z_]+)"/#,
            #/var code: String \{ "([a-z_]+)" \}/#, #/unavailable\(code: "([a-z_]+)"/#,
        ]
        var found: Set<String> = []
        for file in try swiftFiles(below: "Sources") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for pattern in patterns { found.formUnion(text.matches(of: pattern).map { String($0.1) }) }
        }
        #expect(found.count > 20)
        #expect(found.subtracting(known).isEmpty)
    }

    @Test func `the references in docs are what the program says`() throws {
        #expect(try text("docs/http.md") == HTTPReference.markdown())
        #expect(try text("docs/errors.md") == ErrorReference.markdown())
    }

    @Test func `every form stands in the table for those who write them, and every act in that for clients`() throws {
        let (forms, clients) = (try text("docs/web-developers.md"), try text("docs/api-clients.md"))
        for route in Routes.all where route.bodies.contains(.form) {
            #expect(forms.contains("`/auth\(route.path)`"), "\(route.path)")
        }
        // Where a form needs another method or path than a program, the program has its own.
        let doubles: Set = ["/sessions/{id}/delete", "/me/delete", "/me"]
        for route in Routes.all where route.bodies.contains(.json) && !doubles.contains(route.path) {
            #expect(clients.contains("`\(route.method.rawValue) /auth\(route.path)`"), "\(route.path)")
        }
    }

    @Test func `no file is over 400 lines`() throws {
        for file in try swiftFiles(below: "Sources") + swiftFiles(below: "Tests") {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 401, "\(file.lastPathComponent)")
        }
    }

    @Test func `the page of a refusal is a valid template that escapes`() {
        let text = RefusalPage.template.html(["site": "<Site>", "title": "T", "detail": "D", "code": "c"]).text
        #expect(text.contains("&lt;Site&gt;"))
        #expect(!text.contains("<Site>"))
    }

    private let routes = Routes.all(with: .usual)

    private var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    private func swiftFiles(below folder: String) throws -> [URL] {
        let found = FileManager.default.enumerator(
            at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
        return (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }
}
