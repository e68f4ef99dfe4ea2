package import Foundation

/// Headless Chromium without JavaScript, driven over WebDriver. Pages see no script; the driver still finds and clicks.
package final class Browser: Sendable {
    private let driver: Curl
    private let session: String
    /// The driver ends when this pipe does, and Chromium with it.
    private let input = Pipe()

    package init() throws {
        let port = try Stack.freePort()
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // `read` returns when the pipe ends. Chromium is the driver's child and would outlive it.
        shell.arguments = [
            "-c",
            """
            exec >/dev/null 2>&1
            export TMPDIR=$(mktemp -d)
            chromedriver --port=\(port) & p=$!
            read end
            kill -KILL $(pgrep -P $p) $p
            wait $p
            rm -rf "$TMPDIR"
            """,
        ]
        shell.standardInput = input
        try shell.start()
        driver = Curl("http://127.0.0.1:\(port)")
        var isReady = false
        for _ in 0..<100 where !isReady {
            isReady = (try? driver.send("GET", "/status").status) == 200
            if !isReady { usleep(50_000) }
        }
        let chromium: [String: Any] = [
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            "prefs": ["profile.managed_default_content_settings.javascript": 2],
        ]
        let wanted = ["capabilities": ["alwaysMatch": ["acceptInsecureCerts": true, "goog:chromeOptions": chromium]]]
        let made = try Self.call(driver, "POST", "/session", wanted)
        guard let id = (made as? [String: Any])?["sessionId"] as? String else {
            throw Command.Failed(description: "chromedriver made no session: \(made)")
        }
        session = "/session/\(id)"
    }

    /// Closes Chromium. A browser that is only dropped ends with the process.
    package func close() {
        _ = try? Self.call(driver, "DELETE", session, nil)
        try? input.fileHandleForWriting.close()
    }

    package func open(_ url: String) throws { _ = try call("POST", "/url", ["url": url]) }

    package var url: String {
        get throws { try call("GET", "/url", nil) as? String ?? "" }
    }

    package func type(_ text: String, into selector: String) throws {
        _ = try call("POST", "/element/\(element(selector))/value", ["text": text])
    }

    package func click(_ selector: String) throws {
        _ = try call("POST", "/element/\(element(selector))/click", [:])
    }

    /// What a person sees of the element; empty when it is hidden.
    package func text(of selector: String) throws -> String {
        try call("GET", "/element/\(element(selector))/text", nil) as? String ?? ""
    }

    package func isShown(_ selector: String) throws -> Bool {
        try call("GET", "/element/\(element(selector))/displayed", nil) as? Bool ?? false
    }

    /// How many of the elements a person sees.
    package func shownCount(_ selector: String) throws -> Int {
        let found = try call("POST", "/elements", ["using": "css selector", "value": selector])
        let ids = (found as? [[String: String]] ?? []).compactMap(\.values.first)
        return try ids.filter { try call("GET", "/element/\($0)/displayed", nil) as? Bool == true }.count
    }

    /// Forgets the cookies of a site, as another person's browser would not have them.
    package func forget(_ origin: String) throws {
        try open(origin + "/style.css")
        _ = try call("DELETE", "/cookie", nil)
    }

    /// What the window shows, as a PNG file.
    package func screenshot() throws -> Data {
        let text = try call("GET", "/screenshot", nil) as? String ?? ""
        return Data(base64Encoded: text) ?? Data()
    }

    private func element(_ selector: String) throws -> String {
        let found = try call("POST", "/element", ["using": "css selector", "value": selector]) as? [String: String]
        guard let id = found?.values.first else { throw Command.Failed(description: "no element \(selector)") }
        return id
    }

    private func call(_ method: String, _ path: String, _ body: [String: Any]?) throws -> Any {
        try Self.call(driver, method, session + path, body)
    }

    private static func call(_ driver: Curl, _ method: String, _ path: String, _ body: [String: Any]?) throws -> Any {
        let text = try body.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) }
        let answer = try driver.send(method, path, headers: ["Content-Type": "application/json"], body: text)
        let value = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        guard answer.status == 200, let result = value?["value"] else {
            throw Command.Failed(description: "\(method) \(path): \(answer.body.prefix(400))")
        }
        return result
    }
}
