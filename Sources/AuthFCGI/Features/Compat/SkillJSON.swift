import Domain
import JSON

/// The bodies of a service with opaque session ids.
enum SkillJSON {
    /// `SessionResponse`. Its `id` is what the client sends as bearer token, so it is the token and not the public id.
    static func session(_ opened: OpenedSession, at now: Instant) -> JSONValue {
        [
            "id": .string(opened.token.reveal()),
            "expires_at": .string(opened.session.endsAt.rfc3339),
            "expires_in": .integer(max(0, opened.session.endsAt.seconds - now.seconds)),
        ]
    }

    static func refusal(_ told: Answer.Told, _ input: Input?) -> Response {
        let detail = ValidationDetail.json(told) { name in
            switch name {
            case "name": "display_name"
            case "password" where input?.has("raw_password") == true: "raw_password"
            default: name
            }
        }
        return .json(["detail": detail, "error_code": .string(told.code)], status: told.status)
    }
}
