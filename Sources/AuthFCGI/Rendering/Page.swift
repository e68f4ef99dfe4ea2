/// A page of the service's own, for sites that wrote none: what stands between the frame that all share.
struct Page: Sendable {
    /// Where a link on the refusal of a page leads: below the base path.
    struct Remedy: Sendable {
        let path: String
        let text: String
        /// Whether a link that was used has done what its reader wants, so that he can sign in.
        var isPerhapsDone = false
    }

    let title: String
    let template: Template
    /// The fields that stand on it.
    let fields: [PageField]
    /// Whether it is reached by a link of a mail and has its secret in the address.
    ///
    /// Nothing on such a page tells its address to anybody (decisions 14), and its forms lead nowhere when they are refused:
    /// the answer is the page once more, with the secret in the form and in no other place.
    let bringsToken: Bool
    /// For whoever's link is worth nothing any more.
    let remedy: Remedy?

    private init(_ title: String, _ template: [UInt8], bringsToken: Bool = false, remedy: Remedy? = nil) {
        self.title = title
        self.template = Template(template)
        let source = self.template.source
        fields = PageField.all.filter { source.contains("{{{html_\($0.part)}}}") }
        self.bringsToken = bringsToken
        self.remedy = remedy
    }

    /// A page behind a link.
    private static func link(
        _ title: String, _ template: [UInt8], _ path: String, _ remedy: String, isPerhapsDone: Bool = false
    ) -> Page {
        Page(
            title, template, bringsToken: true,
            remedy: Remedy(path: path, text: remedy, isPerhapsDone: isPerhapsDone))
    }
}

extension Page {
    static let signIn = Page("Sign in", PackageResources.login_html)
    static let register = Page("Create an account", PackageResources.register_html)
    static let verify = link(
        "Prove your address", PackageResources.verify_html, "/verify/resend", "Have a new link sent",
        isPerhapsDone: true)
    static let verifySent = Page("Look into your mail", PackageResources.verify_sent_html)
    static let resend = Page("Send the link again", PackageResources.resend_html)
    static let recover = Page("Forgot your password?", PackageResources.recover_html)
    static let recoverSent = Page("Look into your mail", PackageResources.recover_sent_html)
    static let reset = link("Set a new password", PackageResources.reset_html, "/recover", "Ask for a new link")
    static let account = Page("Your account", PackageResources.account_html)
    static let password = Page("Change your password", PackageResources.password_html)
    static let email = Page("Change your e-mail address", PackageResources.email_html)
    static let emailSent = Page("Look into your mail", PackageResources.email_sent_html)
    static let confirmEmail = link(
        "Confirm your address", PackageResources.email_confirm_html, "/email", "Ask for a new link")
    static let undoEmail = link(
        "Take the change back", PackageResources.email_undo_html, "/recover", "Set a new password")
    static let notMe = link("Was this not you?", PackageResources.not_me_html, "/recover", "Set a new password")
    static let confirm = Page("Is it you?", PackageResources.confirm_html)
    static let sessions = Page("Where you are signed in", PackageResources.sessions_html)
    static let delete = Page("Delete your account", PackageResources.delete_html)
    static let done = Page("Done", PackageResources.done_html)

    /// Of those above, each once.
    static let all = [
        signIn, register, verify, verifySent, resend, recover, recoverSent, reset, account, password, email, emailSent,
        confirmEmail, undoEmail, notMe, confirm, sessions, delete, done,
    ]

    /// What says that a form went well, by its name in `?done=`.
    static let notices = [
        "verified": "Your address is proved. Welcome.",
        "profile": "Your profile is saved.",
        "username": "Your username is changed.",
        "password": "Your password is changed. All your other sessions have ended.",
        "session": "The session has ended.",
        "others": "You are signed out everywhere else.",
        "code": "A code is on its way to your address. It works for ten minutes.",
        "deleted": "Your account is deleted, and you are signed out.",
        "reset": "Your new password is set. Sign in with it.",
        "email": "The new address is that of your account now.",
        "undo": "The account has its former address back. A link for a new password is on its way there.",
        "not_me": "We have taken care of it. A link for a new password is on its way to your address.",
    ]
}
