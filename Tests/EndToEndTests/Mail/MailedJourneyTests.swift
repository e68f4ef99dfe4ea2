import Foundation
import Support
import Testing

/// The journeys that lead through a mailbox, on the service's own pages in browsers without JavaScript. Every link is
/// scanned before it is used.
@Suite(.serialized) struct MailedJourneyTests {
    private static let stack = Result { () throws in
        try Stack(
            .http, settings: Stack.roomySettings,
            environment: ["mail_transport": "maildir", "registration_mode": "verified"])
    }
    /// Two browsers that know nothing of each other.
    private static let browsers = Result { () throws in (try Browser(), try Browser()) }

    private static let another = "another fine pass phrase"

    private let stack: Stack
    private let mailboxes: Mailboxes
    private let browser: Browser
    private let other: Browser
    private let person: Visitor
    private let auth: String

    init() throws {
        stack = try Self.stack.get()
        mailboxes = Mailboxes(stack)
        (browser, other) = try Self.browsers.get()
        try browser.forget(stack.origin)
        try other.forget(stack.origin)
        person = Visitor(stack)
        auth = stack.origin + "/auth"
    }

    // MARK: - What people do

    private func fill(_ fields: KeyValuePairs<String, String>, submit form: String, in browser: Browser) throws {
        for (name, value) in fields { try browser.type(value, into: "\(form) [name=\(name)]") }
        try browser.click("\(form) button")
    }

    private func register() throws {
        try browser.open(auth + "/register")
        try fill(
            ["email": person.email, "username": person.username, "password": person.password],
            submit: "form[action='/auth/register']", in: browser)
        try expect("/verify/sent", "Look into your mail")
    }

    /// The link of the mail that asks for a proof of an address.
    private func verificationLink(of visitor: Visitor? = nil) throws -> String {
        try mailboxes.link("/auth/verify", in: "Prove your address at Example", to: (visitor ?? person).email)
    }

    private func recoveryLink() throws -> String {
        try mailboxes.link("/auth/recover/reset", in: "A new password for Example", to: person.email)
    }

    /// Does what the button of a link's page does.
    private func use(_ link: String, adding field: (name: String, value: String)? = nil) throws {
        let parts = link.components(separatedBy: "?token=")
        let path = String(parts[0].dropFirst(stack.origin.count))
        var visitor = person.elsewhere
        let answer =
            if let field { try visitor.post(path, ["token": parts[1], field.name: field.value]) } else {
                try visitor.post(path, ["token": parts[1]])
            }
        #expect([200, 201].contains(answer.status), "\(path): \(answer.body)")
    }

    /// An account whose address was proved so long ago, for journeys that begin later.
    private func settle(_ person: Visitor? = nil, days: Int = 0) throws {
        var visitor = person ?? self.person
        #expect(try visitor.register().status == 202)
        try use(try verificationLink(of: visitor), adding: ("password", visitor.password))
        _ = try stack.database(
            """
            UPDATE authfcgi.users SET email_verified_at = email_verified_at - INTERVAL \(days) DAY
            WHERE email = '\(visitor.email)'
            """)
    }

    private func signIn(_ name: String? = nil, _ password: String? = nil, in browser: Browser) throws {
        try browser.open(auth + "/login?return_to=/auth/account")
        try fill(
            ["username": name ?? person.email, "password": password ?? person.password],
            submit: "form[action='/auth/login']", in: browser)
    }

    private func setPassword(_ link: String, _ password: String, in browser: Browser) throws {
        try browser.open(link)
        #expect(try browser.text(of: "h1") == "Set a new password")
        let form = "form[action='/auth/recover/reset']"
        // A refused form comes again, with the link's secret in it.
        try fill(["new_password": "passwordpassword"], submit: form, in: browser)
        try expect("/recover/reset", "Set a new password", in: browser)
        #expect(try browser.text(of: "#weak_password").contains("too easy to guess"))
        try fill(["new_password": password], submit: form, in: browser)
        try expect("/done?done=reset", "Done", in: browser)
        #expect(try browser.text(of: "[role=status]") == "Your new password is set. Sign in with it.")
    }

    // MARK: - What they see

    private func expect(
        _ path: String, _ title: String, in browser: Browser? = nil, at place: SourceLocation = #_sourceLocation
    ) throws {
        let browser = browser ?? self.browser
        #expect(try browser.url == auth + path, sourceLocation: place)
        #expect(try browser.text(of: "h1") == title, sourceLocation: place)
    }

    private func expectAccount(
        of email: String, in browser: Browser, at place: SourceLocation = #_sourceLocation
    ) throws {
        try browser.open(auth + "/account")
        try expect("/account", "Your account", in: browser, at: place)
        #expect(try browser.text(of: "main").contains("\(email) (proved)"), sourceLocation: place)
    }

    private func expectSignedOut(_ browser: Browser, at place: SourceLocation = #_sourceLocation) throws {
        try browser.open(auth + "/account")
        #expect(try browser.url == stack.origin + "/signin.html?return_to=/auth/account", sourceLocation: place)
    }

    private func expectNoSignIn(
        _ name: String, _ password: String, in browser: Browser, at place: SourceLocation = #_sourceLocation
    ) throws {
        try signIn(name, password, in: browser)
        #expect(try browser.text(of: "#authentication_failed").contains("not right"), sourceLocation: place)
        try expectSignedOut(browser, at: place)
    }

    /// A page that tells a person that the link is worth nothing any more, and what to do.
    private func expectDead(
        _ link: String, remedy path: String, in browser: Browser, at place: SourceLocation = #_sourceLocation
    ) throws {
        try browser.open(link)
        #expect(try browser.isShown("html[data-error-code=link_invalid]"), sourceLocation: place)
        #expect(try browser.text(of: "[role=alert]").contains("link"), sourceLocation: place)
        #expect(try browser.shownCount("form") == 0, sourceLocation: place)
        #expect(try browser.isShown("main a[href='/auth\(path)']"), sourceLocation: place)
    }

    // MARK: - The journeys

    @Test func `a person registers, proves the address by the mail, is in, and the link works no second time`() throws {
        try register()
        try expectSignedOut(browser)
        let link = try verificationLink()
        try browser.open(link)
        #expect(try browser.text(of: "h1") == "Prove your address")
        // This browser registered, so nothing is asked.
        #expect(try browser.shownCount("input") == 0)
        try browser.click("form[action='/auth/verify'] button")
        try expect("/account?done=verified", "Your account")
        #expect(try browser.text(of: "[role=status]") == "Your address is proved. Welcome.")
        #expect(try browser.text(of: "main").contains("\(person.email) (proved)"))
        for browser in [browser, other] { try expectDead(link, remedy: "/verify/resend", in: browser) }
        try expectAccount(of: person.email, in: browser)
    }

    @Test func `whoever opens the link in another browser gives the password of the registration`() throws {
        try register()
        let link = try verificationLink()
        try other.open(link)
        #expect(try other.text(of: "main").contains("This is not the browser that registered."))
        let form = "form[action='/auth/verify']:has([name=password])"
        try fill(["password": "this is the wrong one"], submit: form, in: other)
        // The page once more, with its reason and without the secret in the address.
        try expect("/verify", "Prove your address", in: other)
        #expect(try other.text(of: "#invalid_password").contains("is not right"))
        try fill(["password": person.password], submit: form, in: other)
        try expect("/done?done=verified", "Done", in: other)
        #expect(try other.text(of: "[role=status]") == "Your address is proved. Welcome.")
        try expectAccount(of: person.email, in: other)
        // The account began where the link was opened, and in no other place.
        try expectSignedOut(browser)
        try expectDead(link, remedy: "/verify/resend", in: browser)
    }

    @Test func `whoever opens it without that password chooses a new one, and the first is worth nothing`() throws {
        try register()
        try other.open(try verificationLink())
        let form = "form[action='/auth/verify']:has([name=new_password])"
        try fill(["new_password": "passwordpassword"], submit: form, in: other)
        try expect("/verify", "Prove your address", in: other)
        #expect(try other.text(of: "#weak_password").contains("too easy to guess"))
        try fill(["new_password": Self.another], submit: form, in: other)
        try expect("/done?done=verified", "Done", in: other)
        try expectAccount(of: person.email, in: other)
        try expectNoSignIn(person.email, person.password, in: browser)
        try signIn(person.email, Self.another, in: browser)
        try expectAccount(of: person.email, in: browser)
    }

    @Test func `a forgotten password is replaced by way of the mailbox`() throws {
        try settle()
        try signIn(in: other)
        try expectAccount(of: person.email, in: other)
        try browser.open(auth + "/login")
        try browser.click("main a[href='/auth/recover']")
        try expect("/recover", "Forgot your password?")
        try fill(["email": person.email], submit: "form[action='/auth/recover']", in: browser)
        try expect("/recover/sent", "Look into your mail")
        let link = try recoveryLink()
        // Until then the old one works, and nobody is signed out.
        try expectAccount(of: person.email, in: other)
        try setPassword(link, Self.another, in: browser)
        try expectSignedOut(other)
        try expectDead(link, remedy: "/recover", in: browser)
        try expectNoSignIn(person.email, person.password, in: browser)
        try browser.open(auth + "/done?done=reset")
        try browser.click("main a[href='/auth/account']")
        #expect(try browser.url == stack.origin + "/signin.html?return_to=/auth/account")
        try fill(
            ["username": person.email, "password": Self.another], submit: "form[action='/auth/login']", in: browser)
        try expect("/account", "Your account")
    }

    @Test func `an address is changed by a mail to the new one and taken back by a mail to the former`() throws {
        try settle(days: 8)
        let new = "new-\(person.email)"
        try signIn(in: browser)
        try browser.click("main a[href='/auth/email']")
        let form = "form[action='/auth/email']"
        try fill(["email": new, "current_password": "this is the wrong one"], submit: form, in: browser)
        #expect(try browser.text(of: "#invalid_password") == "The password is not right.")
        try fill(["current_password": person.password], submit: form, in: browser)
        try expect("/email/sent", "Look into your mail")
        try expectAccount(of: person.email, in: browser)

        let link = try mailboxes.link("/auth/email/confirm", in: "Your new address at Example", to: new)
        try other.open(link)
        #expect(try other.text(of: "h1") == "Confirm your address")
        #expect(try other.text(of: "main").contains("The address \(new) becomes that of an account"))
        // A browser that is not signed in to the account gives its password.
        let confirmation = "form[action='/auth/email/confirm']"
        try fill(["password": "this is the wrong one"], submit: confirmation, in: other)
        try expect("/email/confirm", "Confirm your address", in: other)
        #expect(try other.text(of: "#invalid_password") == "The password is not right.")
        try fill(["password": person.password], submit: confirmation, in: other)
        try expect("/done?done=email", "Done", in: other)
        #expect(try other.text(of: "[role=status]") == "The new address is that of your account now.")
        try expectAccount(of: new, in: browser)
        try expectDead(link, remedy: "/email", in: other)

        let subject = "The address of your account at Example was changed"
        let undo = try mailboxes.link("/auth/email/undo", in: subject, to: person.email)
        try other.open(undo)
        #expect(try other.text(of: "h1") == "Take the change back")
        #expect(try other.text(of: "main").contains("The address of the account becomes \(person.email) again."))
        try other.click("form[action='/auth/email/undo'] button")
        try expect("/done?done=undo", "Done", in: other)
        try expectDead(undo, remedy: "/recover", in: other)
        // Whoever changed it is out, and comes in by nothing that he knows.
        try expectSignedOut(browser)
        for name in [new, person.email, person.username] {
            try expectNoSignIn(name, person.password, in: browser)
        }

        try setPassword(try recoveryLink(), Self.another, in: other)
        try expectNoSignIn(new, Self.another, in: browser)
        try signIn(person.email, Self.another, in: other)
        try expectAccount(of: person.email, in: other)
    }

    @Test func `whoever did not change his password throws out who did, and sets another one`() throws {
        try settle()
        let stolen = "the stranger's own phrase"
        for browser in [browser, other] { try signIn(in: browser) }
        try other.open(auth + "/password")
        try fill(
            ["current_password": person.password, "new_password": stolen], submit: "form[action='/auth/password']",
            in: other)
        try expect("/account?done=password", "Your account", in: other)
        try expectSignedOut(browser)

        let link = try mailboxes.link(
            "/auth/not-me", in: "Your password at Example was changed", to: person.email)
        try browser.open(link)
        #expect(try browser.text(of: "h1") == "Was this not you?")
        #expect(try browser.text(of: "main").contains("The password of your account was changed on 20"))
        #expect(
            try browser.text(of: "main ul") == """
                Everybody who is signed in to the account is signed out, you too.
                The password stops working.
                A link for a new password goes to your address.
                """)
        try browser.click("form[action='/auth/not-me'] button")
        try expect("/done?done=not_me", "Done")
        #expect(try browser.text(of: "[role=status]").hasPrefix("We have taken care of it."))
        try expectSignedOut(other)
        for password in [stolen, person.password] { try expectNoSignIn(person.email, password, in: other) }
        try expectDead(link, remedy: "/recover", in: browser)

        try setPassword(try recoveryLink(), Self.another, in: browser)
        try signIn(person.email, Self.another, in: browser)
        try expectAccount(of: person.email, in: browser)
    }

    @Test func `a program that follows every link of every mail changes nothing, and the links work after it`() throws {
        var newcomer = Visitor(stack)
        var mover = Visitor(stack)
        var forgetful = person
        try settle(mover, days: 8)
        try settle(forgetful)
        let new = "new-\(mover.email)"

        // One link of every kind, alive.
        #expect(try newcomer.register().status == 202)
        #expect(try mover.signIn().status == 200)
        #expect(
            try mover.post("/auth/email", ["email": new, "current_password": mover.password]).status == 202)
        let confirm = try mailboxes.link("/auth/email/confirm", in: "Your new address at Example", to: new)
        try use(confirm, adding: ("password", mover.password))
        #expect(try forgetful.signIn().status == 200)
        let change: KeyValuePairs = ["current_password": forgetful.password, "new_password": Self.another]
        #expect(try forgetful.post("/auth/password", change).status == 200)
        #expect(try forgetful.post("/auth/recover", ["email": forgetful.email]).status == 202)
        let notMe = try mailboxes.link(
            "/auth/not-me", in: "Your password at Example was changed", to: person.email)
        let undo = try mailboxes.link(
            "/auth/email/undo", in: "The address of your account at Example was changed", to: mover.email)

        try mailboxes.scan(try mailboxes.mails())
        let before = try mailboxes.sums()
        try use(try verificationLink(of: newcomer), adding: ("password", newcomer.password))
        // So the sums tell when a link is used.
        #expect(try mailboxes.sums() != before)
        try use(try recoveryLink(), adding: ("new_password", "a third fine pass phrase"))
        try use(notMe)
        try use(undo)
    }
}
