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
        let caller = try exchange.signedIn()
        let user = try exchange.app.users.changePassword(
            change, of: caller, from: exchange.origin, in: &exchange.store)
        var response = exchange.done(["success": true])
        if caller.session.carrier == .cookie { exchange.setDevice(of: user, in: &response) }
        return response
    }

    static func policy(_ exchange: inout Exchange) throws(Failure) -> Response {
        .json(PasswordPolicyJSON.answer(exchange.app.passwords.policy))
    }
}
