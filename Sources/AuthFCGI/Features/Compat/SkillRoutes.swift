import Crypto
import Domain
import JSON

/// A service whose clients keep the id of their session and send it as a bearer token.
enum SkillRoutes {
    static let all: [Route] = [
        .signIn(
            "/login", fields: ["email", "password"],
            "Signs in with an e-mail address; answers the session.", signIn),
        .post(
            "/register", .anyone, pool: .login, forms: .signIn,
            fields: ["email", "display_name", "raw_password", "password"],
            "Creates an account and answers its first session, or mails the link that makes it begin.", register),
    ]

    static func signIn(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        try input.demand("email", "password")
        let form = SignInForm(
            identifier: try input.text("email") ?? "", password: try input.required("password"),
            wish: SessionWish(carrier: .token))
        let opened = try exchange.signIn(form)
        return .json(SkillJSON.session(opened, at: exchange.app.clock.now()))
    }

    static func register(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        if input.has("raw_password"), input.has("password") {
            throw .refused(MalformedInput.duplicate("password"))
        }
        let password = input.has("password") ? "password" : "raw_password"
        try input.demand("email", "display_name", password)
        let form = RegistrationForm(
            email: try input.text("email") ?? "", username: nil, name: try input.filled(anyOf: ["display_name"]),
            password: try input.required(password), wish: SessionWish(carrier: .token))
        switch try exchange.register(form) {
        case .opened(let opened): return .json(SkillJSON.session(opened, at: exchange.app.clock.now()))
        case .begun(let begun):
            var response = Response.json(
                ["detail": .string(Exchange.checkMailbox), "error_code": .null], status: 202)
            if let begun { exchange.setRegistration(begun, in: &response) }
            return response
        }
    }
}
