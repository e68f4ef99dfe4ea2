import Crypto
import Domain
import JSON

/// Changing one's address, and taking the change back.
enum EmailRoutes {
    static let all: [Route] = [
        .post(
            "/email", .user, pool: .login, fields: ["email", "current_password"],
            "Mails a link to the address that the account shall have; with the password or in a fresh session.", begin),
        .get("/email/confirm", .anyone, "What the link of a new address (`token`) would do; does nothing.", shown)
            .showing(.confirmEmail),
        .post(
            "/email/confirm", .anyone, forms: .signIn, fields: ["token"],
            "Makes the address of the link the one of the account.", confirm
        ).showing(.confirmEmail),
        .get("/email/undo", .anyone, "What the link of a former address (`token`) would do; does nothing.", shownUndo)
            .showing(.undoEmail),
        .post(
            "/email/undo", .anyone, forms: .signIn, fields: ["token"],
            "Brings the former address back, ends all sessions, drops the password and mails a link to set a new one.",
            undo
        ).showing(.undoEmail),
    ]

    static func begin(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        guard let email = try input.filled(anyOf: ["email"]) else { throw .refused(InvalidInput("email", "required")) }
        let change = EmailChange(email: email, currentPassword: try input.filledSecret("current_password"))
        try exchange.app.users.beginEmailChange(
            change, of: try exchange.signedIn(), from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true], status: 202)
    }

    static func shown(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.linkSecret()
        return tell(try exchange.app.users.emailChange(token, in: &exchange.store), exchange)
    }

    static func confirm(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.input.required("token")
        try exchange.app.users.confirmEmailChange(token, from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true])
    }

    static func shownUndo(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.linkSecret()
        return tell(try exchange.app.users.emailUndo(token, in: &exchange.store), exchange)
    }

    static func undo(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.input.required("token")
        try exchange.app.users.undoEmailChange(token, from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true])
    }

    private static func tell(_ email: EmailAddress, _ exchange: borrowing Exchange) -> Response {
        exchange.told(["valid": true, "email": .string(email.text)])
    }
}
