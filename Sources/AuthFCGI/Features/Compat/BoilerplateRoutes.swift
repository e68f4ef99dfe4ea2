import Crypto
import Domain
import JSON

/// The user management of the FastAPI boilerplate: bearer tokens, users found by their names.
enum BoilerplateRoutes {
    static let all: [Route] = [
        .post(
            "/user", .anyone, pool: .login, forms: .signIn, fields: ["name", "username", "email", "password"],
            "Creates an account.", register),
        .signIn(
            "/login", fields: ["username", "password"],
            "Signs in with a username or an e-mail address; answers a bearer token.", signIn),
        .post("/logout", .user, fields: [], "Ends this session.", signOut),
        .get("/user/me/", .user, "One's own profile.", read),
        .get("/user/me", .user, "One's own profile.", read),
        .get("/users/me", .user, "One's own profile.", read),
        .patch(
            "/user/{username}", .user, fields: ["name", "username", "email", "profile_image_url"],
            "Changes the given fields of one's own profile.", change),
        .delete(
            "/user/{username}", .user, pool: .login, fields: ["current_password"],
            "Deletes one's own account, with the password or within ten minutes after signing in.", delete),
    ]

    static func register(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        try input.demand("name", "username", "email", "password")
        let form = RegistrationForm(
            email: try input.text("email") ?? "", username: try input.text("username"), name: try input.text("name"),
            password: try input.required("password"))
        if exchange.app.users.registration == .verified {
            var response = Response.json(["message": .string(Exchange.checkMailbox)], status: 202)
            try exchange.begin(form, in: &response)
            return response
        }
        let user = try exchange.app.users.enroll(form, from: exchange.origin, in: &exchange.store)
        return .json(BoilerplateJSON.user(user), status: 201)
    }

    static func signIn(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        try input.demand("username", "password")
        let form = SignInForm(
            identifier: try input.text("username") ?? "", password: try input.required("password"),
            wish: SessionWish(carrier: .token))
        let opened = try exchange.signIn(form)
        return .json(["access_token": .string(opened.token.reveal()), "token_type": "bearer"])
    }

    static func signOut(_ exchange: inout Exchange) throws(Failure) -> Response {
        try exchange.app.sessions.signOut(
            try exchange.signedIn(), scope: .local, from: exchange.origin, in: &exchange.store)
        return .json(["message": "Logged out successfully"])
    }

    static func read(_ exchange: inout Exchange) throws(Failure) -> Response {
        .json(BoilerplateJSON.user(try exchange.signedIn().user))
    }

    static func change(_ exchange: inout Exchange) throws(Failure) -> Response {
        let caller = try owner(exchange)
        let input = exchange.input
        let change = ProfileChange(
            name: try input.setting("name"), username: try input.setting("username"),
            picture: try input.change(anyOf: ["profile_image_url"]), email: try input.setting("email"))
        _ = try exchange.app.users.changeProfile(change, of: caller, from: exchange.origin, in: &exchange.store)
        return .json(["message": "User updated"])
    }

    static func delete(_ exchange: inout Exchange) throws(Failure) -> Response {
        let caller = try owner(exchange)
        try exchange.app.users.delete(
            caller, currentPassword: try exchange.input.secret("current_password"), from: exchange.origin,
            in: &exchange.store)
        return .json(["message": "User deleted"])
    }

    /// The caller, if the path names him; whether somebody else of that name exists is not told.
    private static func owner(_ exchange: borrowing Exchange) throws(Failure) -> Caller {
        let caller = try exchange.signedIn()
        guard let name = exchange.path["username"].flatMap(Username.init), name == caller.user.username else {
            throw .refused(HTTPRefusal("not_your_account", .forbidden))
        }
        return caller
    }
}
