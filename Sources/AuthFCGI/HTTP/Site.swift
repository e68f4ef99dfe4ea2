import Domain

/// What the settings say about the site, in the form in which requests need it.
struct Site: Sendable {
    let origin: String
    let name: String
    let basePath: String
    let homePage: String
    let signInPage: String
    let cookieName: String
    let secureCookies: Bool
    let crossSite: CrossSite
    let returnOrigins: [String]
    let contentSecurityPolicy: String

    init(_ settings: Settings) {
        origin = settings.site.origin
        name = settings.site.name
        basePath = settings.site.basePath
        homePage = settings.pages.home
        signInPage = settings.pages.signIn
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
    }

    var errorsURL: String { "\(origin)\(basePath)/errors" }

    /// Where a refused form leads: the page it names, else the page it came from.
    func back(from request: Request, input: Input) -> ReturnTarget? {
        if let named = input.kept("error_to"), let target = target(named) { return target }
        return ReturnTarget(referer: request[.referer], origin: origin)
    }

    /// Where an accepted form leads: the page it names, else the one its page's address names, else the given one or home.
    func onward(from request: Request, input: Input, otherwise ownPage: String? = nil) -> String {
        if let named = input.kept("return_to"), let target = target(named) { return target.location }
        let page = ReturnTarget(referer: request[.referer], origin: origin)
        if let named = page?.queryItem("return_to"), let target = target(named) { return target.location }
        return ownPage ?? homePage
    }

    private func target(_ text: String) -> ReturnTarget? {
        ReturnTarget(text, origin: origin, allowed: returnOrigins)
    }
}
