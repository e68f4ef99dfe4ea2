import Domain
import JSON

/// Users as clients see them.
enum UserJSON {
    /// What a person sees of himself (decisions 4).
    static func own(_ user: User) -> JSONValue {
        [
            "id": .string(user.id.description),
            "email": .string(user.email.text),
            "email_verified": .bool(user.isVerified),
            "preferred_username": user.username.map { .string($0.text) } ?? .null,
            "name": user.name.map(JSONValue.string) ?? .null,
            "picture": user.picture.map(JSONValue.string) ?? .null,
            "created_at": .string(user.createdAt.rfc3339),
            "updated_at": .string(user.updatedAt.rfc3339),
            "roles": [.string(user.role)],
        ]
    }
}
