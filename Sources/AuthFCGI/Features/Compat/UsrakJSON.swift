import Domain
import JSON

/// The envelopes of UsrAK.
enum UsrakJSON {
    /// What a person has to do next.
    enum NextStep: String {
        case login
        case verify
    }

    /// `CommonResponse`, and `CommonNextStepResponse` where there is a next step.
    static func done(_ message: String, next: NextStep? = nil) -> JSONValue {
        var value: JSONValue = ["success": true, "message": .string(message)]
        if let next { value["next_step"] = .string(next.rawValue) }
        return value
    }

    /// `CommonDataResponse`, and `CommonNextStepResponse` where there is a next step.
    static func data(_ data: JSONValue, next: NextStep? = nil) -> JSONValue {
        var value: JSONValue = ["success": true, "data": data]
        if let next { value["next_step"] = .string(next.rawValue) }
        return value
    }

    /// `UserRead`
    static func user(_ user: User) -> JSONValue {
        [
            "id": user.legacyID.map(JSONValue.integer) ?? .null,
            "email": .string(user.email.text),
            "auth_provider": "email",
            "is_active": .bool(user.isActive),
            "is_verified": .bool(user.isVerified),
            "user_name": JSONValue(user.name),
        ]
    }

    /// A wrong password is 403 for these clients; 401 tells them that they have no session.
    static func refusal(_ told: Answer.Told) -> Response {
        let isWrongPassword = ["authentication_failed", "invalid_password"].contains(told.code)
        let message = told.complaints.first.map { ErrorCatalogue.detail($0) } ?? ErrorCatalogue.entry(told.code).detail
        return .json(["success": false, "message": .string(message)], status: isWrongPassword ? 403 : told.status)
    }
}
