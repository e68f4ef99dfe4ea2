import Crypto
import Domain
import JSON

/// Changing one's address, and taking the change back.
enum EmailRoutes {
    static let all: [Route] = [
        .post(
            "/email", .user, pool: .login, fields: ["email", "current_password"],
            "Mails a link to the address that the account shall have; with the password or in a fresh session.", begin
        ).mailing,
        .get(
            "/email/confirm", .visitor,
            "What the link of a new address (`token`) would do, and whether it needs a `password` beside it; does nothing.",
            shown
        ).showing(.confirmEmail),
        .post(
            "/email/confirm", .visitor, pool: .login, forms: .signIn, fields: ["token", "password"],
            "Makes the address of the link the one of the account, in a session of it or with its password.", confirm
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
        let (email, proof) = try exchange.app.users.emailChange(token, by: exchange.caller, in: &exchange.store)
        return exchange.told(["valid": true, "email": .string(email.text), "proof": .string(proof.rawValue)])
    }

    static func confirm(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        let form = EmailConfirmation(
            link: try input.required("token"), password: try input.filledSecret("password"), caller: exchange.caller)
        try exchange.app.users.confirmEmailChange(form, from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true])
    }

    static func shownUndo(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.linkSecret()
        let email = try exchange.app.users.emailUndo(token, in: &exchange.store)
        return exchange.told(["valid": true, "email": .string(email.text)])
    }

    static func undo(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.input.required("token")
        try exchange.app.users.undoEmailChange(token, from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true])
    }
}
