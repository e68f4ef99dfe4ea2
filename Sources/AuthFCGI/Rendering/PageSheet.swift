internal import Crypto
import Domain

/// A page on its way to somebody: what it says, in the frame that all pages share.
struct PageSheet {
    let page: Page
    /// By their names in the templates.
    var texts: [String: String]
    var parts: [String: HTML] = [:]
    var status = 200
    var complaint: PageComplaint?
    private var usesFlash = false
    private let app: App

    init(_ page: Page, for request: Request, caller: Caller? = nil, in app: App) {
        self.page = page
        self.app = app
        let query = PageQuery(request)
        texts = app.site.texts(of: page)
        texts.merge(Self.ways(of: request, query, app)) { $1 }
        texts["token"] = page.bringsToken ? query.token?.reveal() : nil
        texts["notice"] = query["done"].flatMap { Page.notices[$0] }
        if let caller {
            texts["signed_in"] = caller.user.username?.text ?? caller.user.email.text
            texts["csrf"] = app.forgeryTokens.token(for: caller.session)
        }
        let flash = app.flash.open(request[.cookie], at: app.clock.now())
        complaint = PageComplaint(query, flash: flash, policy: app.passwords.policy)
        usesFlash = flash != nil && complaint?.code == flash?.code
    }

    /// Where the forms of the page lead.
    private static func ways(of request: Request, _ query: PageQuery, _ app: App) -> [String: String] {
        let site = app.site
        let account = "\(site.basePath)/account"
        let wanted = query["return_to"].flatMap { site.target($0)?.location }
        let onward = wanted.map { "?return_to=\(PercentEncoding.queryValue($0))" } ?? ""
        let here = (request[.documentURI] ?? "") + onward
        return [
            "return_to": wanted ?? "", "onward": onward, "onto": wanted ?? account, "here": here,
            "code_sent": here + (onward.isEmpty ? "?" : "&") + "done=code",
            "sign_in": wanted.map { site.signIn(andBackTo: $0) } ?? site.signInPage,
            "registration": app.users.registration == .closed ? "" : "1", "proves": site.proves ? "1" : "",
            "mails": site.sendsMail ? "1" : "",
            "registered": site.proves ? "\(site.basePath)/verify/sent" : wanted ?? account,
        ]
    }

    var response: Response {
        var response = Response(status, body: Array(html.text.utf8))
        response.add("Content-Type", "text/html; charset=utf-8")
        response.add("Content-Security-Policy", app.site.contentSecurityPolicy)
        // The address holds the secret of the link. A browser that says nothing of where it comes from sends `Origin: null`
        // with the form, and `Sec-Fetch-Site: same-origin` lets it pass (decisions 11); one without either header, as
        // text browsers are, passes because no cookie is the form's credential. Browsers of before 2023 that send the one
        // without the other are refused: a leaked link would be worse.
        if page.bringsToken { response.add("Referrer-Policy", "no-referrer") }
        if usesFlash { response.add("Set-Cookie", app.flash.expired) }
        return response
    }

    private var html: HTML {
        var texts = texts
        var parts = parts
        let field = complaint.flatMap { complaint in page.fields.first { $0.name == complaint.field } }
        for kept in complaint?.values ?? [] { texts["value_\(kept.name)"] = kept.value }
        texts["remember"] = texts["value_remember"]
        for item in page.fields {
            parts[item.part] = item.html(
                value: texts[item.value], complaint: item.key == field?.key ? complaint : nil,
                policy: app.passwords.policy)
        }
        if let complaint {
            texts["code"] = complaint.code
            texts["error"] = field == nil ? complaint.text : ""
            texts["stale"] = complaint.code == "reauth_required" ? app.site.confirm(andBackTo: texts["here"] ?? "") : ""
            texts["unproved"] = complaint.code == "email_not_verified" ? "1" : ""
        }
        parts["content"] = page.template.html(texts, parts: parts)
        return Self.layout.html(texts, parts: parts)
    }

    static let layout = Template(PackageResources.layout_html)
}
