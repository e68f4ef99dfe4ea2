import Crypto
import Domain
import JSON

/// The paths of UsrAK: a session in a cookie, answers in envelopes.
enum UsrakRoutes {
    static let all: [Route] = [
        .get("/profile", .user, "One's own profile.", read),
        .signIn(
            "/sign-in", fields: ["auth_provider", "email", "password"],
            "Signs in with an e-mail address.", signIn),
        .post("/logout", .user, fields: [], "Ends this session.", signOut),
        .post("/check-auth", .user, fields: [], "Whether somebody is signed in.", check),
        .post(
            "/signup", .anyone, pool: .login, forms: .signIn,
            fields: ["auth_provider", "email", "password", "user_name"], "Creates an account.", register),
        .post(
            "/password/change", .user, pool: .login, fields: ["current_password", "new_password"],
            "Changes one's own password and ends all other sessions.", changePassword),
    ]

    static func read(_ exchange: inout Exchange) throws(Failure) -> Response {
        .json(UsrakJSON.data(UsrakJSON.user(try exchange.signedIn().user)))
    }

    static func signIn(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        try provider(input)
        try input.demand("email", "password")
        let form = SignInForm(
            identifier: try input.text("email") ?? "", password: try input.required("password"),
            wish: SessionWish(replacing: exchange.previousSession))
        let opened = try exchange.signIn(form)
        var response = Response.json(UsrakJSON.done("Success login"))
        exchange.setCookie(of: opened, in: &response)
        return response
    }

    static func signOut(_ exchange: inout Exchange) throws(Failure) -> Response {
        try exchange.app.sessions.signOut(
            try exchange.signedIn(), scope: .local, from: exchange.origin, in: &exchange.store)
        var response = Response.json(UsrakJSON.done("Success logout"))
        exchange.expireCookie(in: &response)
        return response
    }

    static func check(_ exchange: inout Exchange) throws(Failure) -> Response {
        _ = try exchange.signedIn()
        return .json(UsrakJSON.data(["is_authenticated": true]))
    }

    static func register(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        try provider(input)
        try input.demand("email", "password")
        let form = RegistrationForm(
            email: try input.text("email") ?? "", username: nil, name: try input.filled(anyOf: ["user_name"]),
            password: try input.required("password"))
        if exchange.app.users.registration == .verified {
            var response = Response.json(UsrakJSON.done(Exchange.checkMailbox, next: .verify))
            try exchange.begin(form, in: &response)
            return response
        }
        let user = try exchange.app.users.enroll(form, from: exchange.origin, in: &exchange.store)
        return .json(UsrakJSON.data(UsrakJSON.user(user), next: .login))
    }

    static func changePassword(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        try input.demand("current_password", "new_password")
        let change = PasswordChange(
            current: try input.required("current_password"), new: try input.required("new_password"))
        let user = try exchange.app.users.changePassword(
            change, of: try exchange.signedIn(), from: exchange.origin, in: &exchange.store)
        var response = Response.json(UsrakJSON.done("Password changed"))
        exchange.setDevice(of: user, in: &response)
        return response
    }

    /// Only accounts with a password can sign in here.
    private static func provider(_ input: Input) throws(Failure) {
        try input.demand("auth_provider")
        guard try input.text("auth_provider") == "email" else {
            throw .refused(HTTPRefusal("provider_not_supported", .malformed, field: "auth_provider"))
        }
    }
}
