import Foundation
import Support
import Testing

/// The journey from the static pages of the example, in a browser without JavaScript.
@Suite(.serialized) struct ChromiumJourneyTests {
    private let stack: Stack
    private let browser: Browser
    private let person: Visitor

    init() throws {
        stack = try Stack.http.get()
        browser = try Self.shared.get()
        try browser.forget(stack.origin)
        person = Visitor(stack)
    }

    /// One browser for all tests here: starting one takes seconds.
    private static let shared = Result { () throws in try Browser() }

    /// The one message that the page shows at its form, and no other.
    private func expectMessage(_ code: String, _ text: String, on page: String) throws {
        #expect(try browser.url.hasPrefix(stack.origin + page))
        #expect(try browser.url.hasSuffix("#" + code))
        #expect(try browser.isShown("#" + code))
        #expect(try browser.text(of: "#" + code).contains(text))
        #expect(try browser.shownCount(".messages li") == 1)
    }

    private func expectNoMessage() throws { #expect(try browser.shownCount(".messages li") == 0) }

    private func fill(_ fields: KeyValuePairs<String, String>, submit form: String) throws {
        for (name, value) in fields { try browser.type(value, into: "\(form) [name=\(name)]") }
        try browser.click("\(form) button")
    }

    private func register() throws {
        try browser.open(stack.origin + "/register.html")
        try fill(
            ["email": person.email, "username": person.username, "password": person.password],
            submit: "form[action='/auth/register']")
    }

    /// Registers where people are signed in at once.
    private func registerAndGoOn() throws {
        try register()
        #expect(try browser.url == stack.origin + "/welcome.html")
        try browser.click("main a[href='/members/']")
    }

    @Test func `scripts do not run in this browser`() throws {
        try browser.open("data:text/html,<p id=a>before</p><script>a.textContent='after'</script>")
        #expect(try browser.text(of: "#a") == "before")
    }

    @Test func `a person registers, signs out, is refused with a message, and comes back to the page wanted`() throws {
        try browser.open(stack.origin + "/")
        try browser.click("a[href='/register.html']")
        try expectNoMessage()
        try registerAndGoOn()
        #expect(try browser.url == stack.origin + "/members/")
        #expect(try browser.text(of: "main").contains("You are signed in."))

        try browser.click("form[action='/auth/logout'] button")
        #expect(try browser.url == stack.origin + "/")
        try browser.open(stack.origin + "/members/second.html")
        #expect(try browser.url == stack.origin + "/signin.html?return_to=/members/second.html")
        try expectNoMessage()

        let form = "form[action='/auth/login']"
        try fill(["username": person.username, "password": "this is the wrong one"], submit: form)
        try expectMessage("authentication_failed", "do not belong together", on: "/signin.html")
        try fill(["username": person.email, "password": person.password], submit: form)
        #expect(try browser.url == stack.origin + "/members/second.html")
        #expect(try browser.text(of: "h1") == "Members, second page")
    }

    @Test(arguments: [
        ("qwertyuiopasdfghjkl", "weak_password", "too easy to guess"),
        ("passwordpassword", "weak_password", "too easy to guess"),
    ]) func `a weak password is refused at the form`(password: String, code: String, text: String) throws {
        try browser.open(stack.origin + "/register.html")
        try fill(
            ["email": person.email, "username": person.username, "password": password],
            submit: "form[action='/auth/register']")
        try expectMessage(code, text, on: "/register.html")
        #expect(try browser.text(of: "h1") == "Create an account")
    }

    @Test func `an address that is taken is told at the form`() throws {
        try register()
        try browser.forget(stack.origin)
        try register()
        try expectMessage("email_taken", "has an account", on: "/register.html")
    }

    @Test func `profile and password change from their pages, with their messages`() throws {
        try register()
        let profile = "form:has([name=name])"
        try browser.open(stack.origin + "/profile.html")
        try fill(["name": "Grace Hopper"], submit: profile)
        #expect(try browser.url == stack.origin + "/members/")
        #expect(
            try stack.database("SELECT name FROM authfcgi.users WHERE email = '\(person.email)'") == "Grace Hopper\n")

        try browser.open(stack.origin + "/profile.html")
        try fill(["username": "not a username"], submit: "form:has([name=username])")
        try expectMessage("invalid_username", "2 to 31", on: "/profile.html")

        let new = "another fine pass phrase"
        let form = "form[action='/auth/password']"
        try browser.open(stack.origin + "/password.html")
        try fill(["current_password": "not the right one", "new_password": new], submit: form)
        try expectMessage("invalid_password", "current password", on: "/password.html")
        try fill(["current_password": person.password, "new_password": "aaaaaaaaaaaaaaaaaaaa"], submit: form)
        try expectMessage("weak_password", "too easy to guess", on: "/password.html")
        try fill(["current_password": person.password, "new_password": new], submit: form)
        #expect(try browser.url == stack.origin + "/members/")

        try browser.open(stack.origin + "/delete.html")
        try fill(["current_password": new], submit: "form[action='/auth/me/delete']")
        #expect(try browser.url == stack.origin + "/")
        try browser.open(stack.origin + "/members/")
        #expect(try browser.url.hasPrefix(stack.origin + "/signin.html"))
    }

    /// From the service's own pages alone, for sites that wrote none.
    @Test func `a person registers, looks after the account and deletes it on the service's pages`() throws {
        let auth = stack.origin + "/auth"
        func expect(_ path: String, _ title: String) throws {
            #expect(try browser.url == auth + path)
            #expect(try browser.text(of: "h1") == title)
        }
        try browser.open(auth + "/register")
        let registration = "form[action='/auth/register']"
        try fill(
            ["email": person.email, "username": person.username, "password": "passwordpassword"], submit: registration)
        #expect(try browser.url.hasSuffix("#weak_password"))
        #expect(try browser.text(of: "#weak_password").contains("too easy to guess"))
        // What was typed stands there again, but for the password.
        try fill(["password": person.password], submit: registration)
        try expect("/account", "Your account")
        #expect(try browser.text(of: "main").contains(person.email))

        try fill(["name": "Grace Hopper"], submit: "form:has([name=name])")
        try expect("/account?done=profile", "Your account")
        #expect(try browser.text(of: "[role=status]") == "Your profile is saved.")

        try browser.click("nav a[href='/auth/sessions']")
        try expect("/sessions", "Where you are signed in")
        #expect(try browser.shownCount(".sessions li") == 1)
        #expect(try browser.text(of: ".sessions li").contains("this browser"))

        let new = "another fine pass phrase"
        let change = "form[action='/auth/password']"
        try browser.click("nav a[href='/auth/password']")
        try fill(["current_password": "not the right one", "new_password": new], submit: change)
        #expect(try browser.text(of: "#invalid_password") == "The password is not right.")
        try fill(["current_password": person.password, "new_password": new], submit: change)
        try expect("/account?done=password", "Your account")

        try browser.click("form[action='/auth/logout'] button")
        #expect(try browser.url == stack.origin + "/")
        try browser.open(auth + "/account")
        #expect(try browser.url == stack.origin + "/signin.html?return_to=/auth/account")

        let signIn = "form[action='/auth/login']"
        try browser.open(auth + "/login?return_to=/auth/me/delete")
        try fill(["username": person.username, "password": person.password], submit: signIn)
        #expect(try browser.text(of: "#authentication_failed").contains("not right"))
        try fill(["password": new], submit: signIn)
        try expect("/me/delete", "Delete your account")
        // The password was given a moment ago.
        try fill([:], submit: "form[action='/auth/me/delete']")
        try expect("/done?done=deleted", "Done")
        #expect(try browser.text(of: "[role=status]").contains("deleted"))
        #expect(try browser.shownCount("nav") == 0)
    }

    @Test func `an application greets whom it knows`() throws {
        try browser.open(stack.origin + "/hello/")
        #expect(try browser.text(of: "#visitor").contains("stranger"))
        try register()
        try browser.open(stack.origin + "/hello/")
        #expect(try browser.text(of: "#visitor") == "Hello, \(person.username).")
        #expect(try browser.text(of: "#cookies") == "")
    }
}
