import Crypto
import Domain

/// The pages of the service's own, for sites that wrote none. What also tells programs something has its page beside its
/// JSON, at its own route (`Route.showing`).
enum PageRoutes {
    static let all: [Route] = [
        page("/login", .visitor, .signIn, "The page for signing in."),
        page("/register", .visitor, .register, "The page for creating an account."),
        page("/verify/sent", .anyone, .verifySent, "Tells where the mail went that proves an address."),
        page("/verify/resend", .anyone, .resend, "The page that has that mail sent again."),
        page("/recover", .anyone, .recover, "The page for whoever forgot his password."),
        page("/recover/sent", .anyone, .recoverSent, "Tells where the mail went that sets a new password."),
        page("/account", .user, .account, "The page of one's own account.", account),
        page("/password", .user, .password, "The page for changing the password."),
        page("/email", .user, .email, "The page for changing the e-mail address.", email),
        page("/email/sent", .visitor, .emailSent, "Tells where the mail went that confirms a new address."),
        page("/me/delete", .user, .delete, "The page for deleting the account.", delete),
        page("/done", .visitor, .done, "Tells that a form of these pages went well."),
        .get("/style.css", .anyone, "The look of these pages.", stylesheet),
    ]

    private static func page(
        _ path: String, _ access: Access, _ page: Page, _ summary: String, _ handler: @escaping Route.Handler = plain
    ) -> Route {
        Route.get(path, access, summary, handler).showing(page)
    }

    private static func plain(_ exchange: inout Exchange) throws(Failure) -> Response { exchange.show() }

    private static func account(_ exchange: inout Exchange) throws(Failure) -> Response {
        let user = try exchange.signedIn().user
        return exchange.show([
            "email": user.email.text, "verified": user.isVerified ? "1" : "", "since": user.createdAt.readable,
            "value_name": user.name ?? "", "value_picture": user.picture ?? "",
            "value_username": user.username?.text ?? "",
        ])
    }

    private static func email(_ exchange: inout Exchange) throws(Failure) -> Response {
        exchange.show(["email": try exchange.signedIn().user.email.text])
    }

    /// Whoever has just proved who he is, by a code for example, is not asked for his password.
    private static func delete(_ exchange: inout Exchange) throws(Failure) -> Response {
        let isFresh = Freshness.weak.isMet(by: try exchange.signedIn().session, at: exchange.app.clock.now())
        return exchange.show(["fresh": isFresh ? "1" : ""])
    }

    private static func stylesheet(_ exchange: inout Exchange) throws(Failure) -> Response {
        var response = Response(200, body: PackageResources.style_css)
        response.add("Content-Type", "text/css; charset=utf-8")
        // Its address on the pages changes with its content.
        response.add("Cache-Control", "public, max-age=86400")
        return response
    }
}
