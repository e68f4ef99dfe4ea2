import Domain
import JSON

/// The bodies of the FastAPI boilerplate.
enum BoilerplateJSON {
    /// What it stores for users without a picture.
    private static let noPicture = "https://www.profileimageurl.com"

    /// `UserRead`, in which everything but the tier is there.
    static func user(_ user: User) -> JSONValue {
        [
            "id": user.legacyID.map(JSONValue.integer) ?? .null,
            "name": .string(user.name ?? user.username?.text ?? ""),
            "username": .string(user.username?.text ?? ""),
            "email": .string(user.email.text),
            "profile_image_url": .string(user.picture ?? noPicture),
            "tier_id": nil,
        ]
    }

    /// A sentence, or for fields a list as FastAPI makes it.
    static func refusal(_ told: Answer.Told) -> Response {
        .json(
            ["detail": ValidationDetail.json(told, calling: { $0 == "picture" ? "profile_image_url" : $0 })],
            status: told.status)
    }
}
