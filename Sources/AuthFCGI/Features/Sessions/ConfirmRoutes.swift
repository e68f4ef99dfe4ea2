import Domain
import JSON

/// Proving again who is there, for acts that want a fresh session.
enum ConfirmRoutes {
    static let all: [Route] = [
        .get("/confirm", .user, "The ways to make this session fresh, and until when it is.", offer)
            .showing(.confirm),
        .post(
            "/confirm", .user, pool: .login, fields: ["current_password", "code"],
            "Makes this session fresh, by the password or by a mailed code.", confirm),
        .post("/confirm/code", .user, fields: [], "Mails a code that works in this session for ten minutes.", sendCode)
            .mailing,
    ]

    static func offer(_ exchange: inout Exchange) throws(Failure) -> Response {
        let caller = try exchange.signedIn()
        let offer = try exchange.app.sessions.confirmationOffer(
            for: caller, from: exchange.origin, in: &exchange.store)
        return exchange.told([
            "methods": .array(offer.methods.map { .string($0.rawValue) }),
            "fresh": .bool(offer.freshUntil != nil),
            "fresh_until": offer.freshUntil.map { .string($0.rfc3339) } ?? .null,
        ])
    }

    static func confirm(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        let proof: IdentityProof =
            if let password = try input.filledSecret("current_password") {
                .password(password)
            } else if let code = try input.filledSecret("code") {
                .code(code)
            } else {
                throw .refused(InvalidInput("current_password", "required"))
            }
        try exchange.app.sessions.confirm(
            proof, of: try exchange.signedIn(), from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true])
    }

    static func sendCode(_ exchange: inout Exchange) throws(Failure) -> Response {
        try exchange.app.sessions.sendCode(to: try exchange.signedIn(), from: exchange.origin, in: &exchange.store)
        return exchange.done(["success": true], status: 202)
    }
}
