import Crypto
import Domain

/// What the settings say about the site, in the form in which requests need it.
struct Site: Sendable {
    let origin: String
    let name: String
    let basePath: String
    let homePage: String
    /// The operator's, or the service's own.
    let signInPage: String
    let cookieName: String
    let secureCookies: Bool
    let crossSite: CrossSite
    let returnOrigins: [String]
    let contentSecurityPolicy: String
    /// Whether an account begins when its address is proved.
    let proves: Bool
    /// Whether mail leaves at all.
    let sendsMail: Bool
    /// Where the look of our pages comes from.
    let stylesheet: String
    /// How long a deleted account can be brought back, for people.
    let grace: String

    init(_ settings: Settings) {
        origin = settings.site.origin
        name = settings.site.name
        basePath = settings.site.basePath
        homePage = settings.pages.home
        let signIn = settings.pages.signIn
        signInPage = signIn.isEmpty ? "\(settings.site.basePath)/login" : signIn
        secureCookies = settings.cookies.secure
        cookieName = SetCookie.name(SessionCookie.name, isSecure: settings.cookies.secure)
        crossSite = CrossSite(
            ownOrigins: [settings.site.origin], formOrigins: Set(settings.forms.formOrigins),
            settingsOrigins: Set(settings.forms.settingsOrigins))
        returnOrigins = settings.forms.returnOrigins
        let targets = (["'self'"] + settings.forms.returnOrigins).joined(separator: " ")
        contentSecurityPolicy =
            "default-src 'none'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
            + "frame-ancestors 'none'; form-action \(targets)"
        proves = settings.registrationInUse == .verified || settings.accounts.requireVerified
        sendsMail = settings.mail.transport != .none
        let own = settings.pages.stylesheet
        stylesheet = own.isEmpty ? "\(settings.site.basePath)/style.css?v=\(Site.styleVersion)" : own
        let hours = settings.accounts.grace.components.seconds / 3600
        grace = hours % 24 == 0 ? "\(hours / 24) days" : "\(hours) hours"
    }

    var errorsURL: String { "\(origin)\(basePath)/errors" }

    /// So that browsers that have kept an older one ask for this one.
    private static let styleVersion = Hex.encode(Array(Digest.sha256(of: PackageResources.style_css).bytes.prefix(4)))

    /// Where a refused form leads: the page it names, else the page it came from.
    ///
    /// A page with the secret of a link has it in its address, which stands in no answer of ours.
    func back(from request: Request, input: Input) -> ReturnTarget? {
        if let named = input.kept("error_to"), let target = target(named) { return target }
        guard !input.has("token") else { return nil }
        return ReturnTarget(referer: request[.referer], origin: origin)
    }

    /// Where an accepted form leads: the page it names, else the one its page's address names, else the given one or home.
    func onward(from request: Request, input: Input, otherwise ownPage: String? = nil) -> String {
        if let named = input.kept("return_to"), let target = target(named) { return target.location }
        let page = ReturnTarget(referer: request[.referer], origin: origin)
        if let named = page?.queryItem("return_to"), let target = target(named) { return target.location }
        return ownPage ?? homePage
    }

    func target(_ text: String) -> ReturnTarget? {
        ReturnTarget(text, origin: origin, allowed: returnOrigins)
    }

    /// The sign-in page, told where to lead back to.
    func signIn(andBackTo wanted: String) -> String { Site.page(signInPage, andBackTo: wanted) }

    /// The page on which somebody proves once more who he is.
    func confirm(andBackTo wanted: String) -> String { Site.page("\(basePath)/confirm", andBackTo: wanted) }

    /// An address that the page would not lead to is left out, because a header that nginx has no room for would be an
    /// error instead of a way to sign in.
    private static func page(_ page: String, andBackTo wanted: String) -> String {
        let target = PercentEncoding.queryValue(wanted)
        guard target.utf8.count <= ReturnTarget.maximumLength else { return page }
        return "\(page)\(page.contains("?") ? "&" : "?")return_to=\(target)"
    }
}
