import Crypto
import Domain
import JSON

/// A new password for whoever has forgotten his.
enum RecoveryRoutes {
    static let all: [Route] = [
        .post(
            "/recover", .anyone, forms: .signIn, fields: ["email"],
            "Mails a link that sets a new password, where there is such an account; the answer does not tell.", begin
        ).mailing,
        .get("/recover/verify", .anyone, "Whether the link of the query's `token` works; uses nothing up.", look),
        .post(
            "/recover/verify", .anyone, forms: .signIn, fields: ["token"],
            "Whether the link of this token works; uses nothing up.", verify),
        .get("/recover/reset", .anyone, "Where the link of the mail leads; uses nothing up.", look).showing(.reset),
        .post(
            "/recover/reset", .anyone, pool: .login, forms: .signIn, fields: ["token", "new_password"],
            "Sets a new password by the token of a link and ends all sessions; nobody is signed in.", reset
        ).showing(.reset),
    ]

    static func begin(_ exchange: inout Exchange) throws(Failure) -> Response {
        let email = try exchange.input.text("email") ?? ""
        try exchange.app.users.beginRecovery(of: email, from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true], status: 202)
    }

    static func look(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.linkSecret()
        try exchange.app.users.verifyRecovery(token, in: &exchange.store)
        return exchange.told(["valid": true])
    }

    static func verify(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.input.required("token")
        try exchange.app.users.verifyRecovery(token, in: &exchange.store)
        return exchange.done(["valid": true])
    }

    static func reset(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        let reset = PasswordReset(token: try input.required("token"), new: try input.required("new_password"))
        try exchange.app.users.resetPassword(reset, from: exchange.origin, in: &exchange.store)
        var response = exchange.done(["success": true], otherwise: exchange.app.site.signInPage)
        exchange.expireCookie(in: &response)
        return response
    }
}
