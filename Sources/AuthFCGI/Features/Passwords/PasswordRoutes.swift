import Crypto
import Domain
import JSON

enum PasswordRoutes {
    static let all: [Route] = [
        .post(
            "/password", .user, pool: .login, fields: ["current_password", "new_password"],
            "Changes one's own password and ends all other sessions.", change),
        .get("/password-policy", .anyone, "The rules for new passwords, for forms that tell them early.", policy),
    ]

    static func change(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        let change = PasswordChange(
            current: try input.required("current_password"), new: try input.required("new_password"))
        try exchange.app.users.changePassword(
            change, of: try exchange.signedIn(), from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true])
    }

    static func policy(_ exchange: inout Exchange) throws(Failure) -> Response {
        .json(PasswordPolicyJSON.answer(exchange.app.passwords.policy))
    }
}
