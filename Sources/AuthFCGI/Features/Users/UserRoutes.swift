import Crypto
import Domain
import JSON

enum UserRoutes {
    static let all: [Route] = [
        .post(
            "/register", .anyone, pool: .login, forms: .signIn,
            fields: [
                "email", "username", "preferred_username", "name", "display_name", "password", "remember", "carrier",
            ],
            "Creates an account: signs in at once, or mails the link that makes it begin.", register),
        .get("/me", .user, "One's own profile.", read),
        .patch(
            "/me", .user, fields: profileFields, "Changes the given fields of one's own profile; `null` clears one.",
            change),
        .post(
            "/me", .user, fields: profileFields, "The same for a form: an empty field clears, an absent one stays.",
            change),
        .delete(
            "/me", .user, pool: .login, fields: ["current_password"],
            "Deletes one's own account, with the password or in a fresh session.", delete),
        .post(
            "/me/delete", .user, pool: .login, fields: ["current_password"], "The same for a form.", delete),
    ]

    private static let profileFields = ["name", "display_name", "username", "preferred_username", "picture", "email"]

    static func register(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        let form = RegistrationForm(
            email: try input.text("email") ?? "",
            username: try input.filled(anyOf: ["username", "preferred_username"]),
            name: try input.filled(anyOf: ["name", "display_name"]), password: try input.required("password"),
            wish: try exchange.wish())
        switch try exchange.register(form) {
        case .opened(let opened): return exchange.opened(opened, status: 201)
        case .begun(let begun):
            var response = exchange.done(["success": true, "next_step": "verify"], status: 202)
            if let begun { exchange.setRegistration(begun, in: &response) }
            return response
        }
    }

    static func read(_ exchange: inout Exchange) throws(Failure) -> Response {
        .json(UserJSON.own(try exchange.signedIn().user))
    }

    static func change(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        let change = ProfileChange(
            name: try input.change(anyOf: ["name", "display_name"]),
            username: try input.change(anyOf: ["username", "preferred_username"]),
            picture: try input.change(anyOf: ["picture"]), email: try input.change(anyOf: ["email"]))
        let user = try exchange.app.users.changeProfile(
            change, of: try exchange.signedIn(), from: exchange.origin, in: &exchange.store)
        return exchange.done(UserJSON.own(user))
    }

    static func delete(_ exchange: inout Exchange) throws(Failure) -> Response {
        let password = try exchange.input.filledSecret("current_password")
        try exchange.app.users.delete(
            try exchange.signedIn(), currentPassword: password, from: exchange.origin, in: &exchange.store)
        var response = exchange.done(["success": true])
        exchange.expireCookie(in: &response)
        return response
    }
}

extension Input {
    /// What a client wants done with a field: absent keeps, null or an empty form field clears.
    func change(anyOf names: [String]) throws(Failure) -> Change<String> {
        for name in names where has(name) {
            if isNull(name) { return .clear }
            guard let text = try text(name), !(isForm && text.isEmpty) else { return .clear }
            return .set(text)
        }
        return .keep
    }
}
