import Foundation
import Support
import Testing

/// The journey from the static pages in lynx: no style sheet, no script, and a Secure cookie over https.
@Suite struct TextBrowserTests {
    private let stack: Stack
    private let person: Visitor

    init() throws {
        stack = try Stack.https.get()
        person = Visitor(stack)
    }

    /// Opens a page in a browser that asks no questions about cookies and certificates.
    private func browser(at path: String) throws -> Terminal {
        let settings = stack.directory + "/state/lynx.cfg"
        try "INCLUDE:/etc/lynx/lynx.cfg\nACCEPT_ALL_COOKIES:TRUE\nFORCE_SSL_PROMPT:YES\n"
            .write(toFile: settings, atomically: true, encoding: .utf8)
        return try Terminal("lynx -cfg=\(settings) -nopause '\(stack.origin)\(path)'")
    }

    /// Over the links of the head of every page.
    private static let pastNavigation = "\t\t\t\t"
    private static let redraw = "\u{0c}"

    @Test func `a person registers, is refused with messages, signs in, changes things and signs out`() throws {
        let browser = try browser(at: "/register.html")
        defer { browser.end() }
        func see(_ text: String) throws { try browser.wait(for: text, redraw: Self.redraw) }
        func go(to path: String, _ title: String) throws {
            try browser.press("g")
            try browser.wait(for: "URL to open")
            try browser.press("\(stack.origin)\(path)\r")
            try see(title)
        }
        func submit(_ fields: String..., then text: String) throws {
            try browser.press(fields.joined(separator: "\t") + "\t\r")
            try see(text)
        }
        /// The first line of the screen, under the title of the page.
        func expectFirst(_ title: String, _ message: String) throws {
            try see("\(title) – Example (p1 of 2) * \(message)")
        }

        try see("Create an account")
        try browser.press(Self.pastNavigation)
        try submit(person.email, person.username, "", "passwordpassword", then: "too easy to guess")
        try submit(person.email, person.username, "", person.password, then: "You have registered")
        try browser.press(Self.pastNavigation + "\t\r")
        try see("You are signed in.")

        try browser.press(Self.pastNavigation + "\t\r")
        try see("These are plain files.")

        try go(to: "/signin.html", "Sign in – Example")
        try browser.press(Self.pastNavigation)
        try submit(person.username, "this is the wrong one", "", then: "do not belong together")
        try expectFirst("Sign in", "The name and the password do not belong together.")
        try submit(person.email, person.password, "", then: "These are plain files.")

        try go(to: "/members/", "You are signed in.")
        try go(to: "/profile.html", "Your profile – Example")
        try browser.press(Self.pastNavigation)
        try submit("Ada Lovelace", then: "You are signed in.")
        #expect(
            try stack.database("SELECT name FROM authfcgi.users WHERE email = '\(person.email)'") == "Ada Lovelace\n")

        try go(to: "/password.html", "Your password – Example")
        try browser.press(Self.pastNavigation)
        try submit(person.password, "another fine pass phrase", then: "You are signed in.")

        try browser.press(Self.pastNavigation + "\t\r")
        try see("These are plain files.")
        // A page that lynx has not in its own memory.
        try go(to: "/members/second.html", "Sign in – Example")
    }
}
