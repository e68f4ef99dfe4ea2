import Crypto
import Domain
import JSON

enum VerificationRoutes {
    static let all: [Route] = [
        .get(
            "/verify", .visitor,
            "What a verification link is about, and needs beside it: nothing in the `browser` that registered, else a `password`.",
            show
        ).showing(.verify),
        .post(
            "/verify", .visitor, pool: .login, forms: .signIn,
            fields: ["token", "password", "new_password", "remember", "carrier"],
            "Proves an address by the link, and by the browser or the password that registered or a new password.",
            verify
        ).showing(.verify),
        .post(
            "/verify/resend", .anyone, forms: .signIn, fields: ["email"],
            "Mails a new verification link; the answer does not say whether somebody waits for one.", resend
        ).mailing,
    ]

    static func show(_ exchange: inout Exchange) throws(Failure) -> Response {
        let (subject, proof) = try exchange.app.users.proofNeeded(
            beside: try exchange.linkSecret(), by: exchange.visitor, in: &exchange.store)
        return exchange.told([
            "valid": true, "subject": .string(subject.rawValue), "proof": .string(proof.rawValue),
        ])
    }

    static func verify(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        let form = VerificationForm(
            link: try input.required("token"), password: try input.filledSecret("password"),
            newPassword: try input.filledSecret("new_password"), visitor: exchange.visitor, wish: try exchange.wish())
        var response: Response
        switch try exchange.app.users.verify(form, from: exchange.origin, in: &exchange.store) {
        case .registered(let opened): response = exchange.opened(opened, status: 201)
        case .proved(_, isSignedIn: true): response = exchange.done(["success": true])
        case .proved(let user, isSignedIn: false):
            response = exchange.done(["success": true, "next_step": "login"])
            // Chose a new password in a browser that was signed in: that session has ended with the others.
            if exchange.caller?.user.id == user.id { exchange.expireCookie(in: &response) }
        }
        exchange.expireRegistration(in: &response)
        return response
    }

    static func resend(_ exchange: inout Exchange) throws(Failure) -> Response {
        try exchange.app.users.resendVerification(
            to: try exchange.input.text("email") ?? "", browser: exchange.registrationDigest, from: exchange.origin,
            in: &exchange.store)
        return exchange.done(["success": true, "next_step": "verify"], status: 202)
    }
}
