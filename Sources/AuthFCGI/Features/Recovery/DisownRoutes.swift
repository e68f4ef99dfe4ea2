import Crypto
import Domain
import JSON

/// "This was not me": the link in the notice about an event.
enum DisownRoutes {
    static let all: [Route] = [
        .get("/not-me", .anyone, "What the link of the query's `token` would take back; does nothing.", look).showing(
            .notMe),
        .post(
            "/not-me", .anyone, forms: .signIn, fields: ["token"],
            "Takes back the event that the token is about, and mails a link for a new password; once.", disown
        ).showing(.notMe),
    ]

    static func look(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.linkSecret()
        let disowning = try exchange.app.users.disowning(by: token, in: &exchange.store)
        return exchange.told([
            "event": .string(disowning.event.rawValue),
            "at": .string(disowning.at.rfc3339),
            "will": .array(disowning.steps.map { .string($0.rawValue) }),
        ])
    }

    static func disown(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = try exchange.input.required("token")
        let disowning = try exchange.app.users.disown(by: token, from: exchange.origin, in: &exchange.store)
        var response = exchange.done(["success": true])
        // Otherwise this browser may have a session that is older than the event, and lives.
        if disowning.blocksPassword { exchange.expireCookie(in: &response) }
        return response
    }
}
