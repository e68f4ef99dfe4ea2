import Domain
import JSON

/// Sessions as clients see them; never a token, never a hash.
enum SessionJSON {
    static func answer(_ user: User, _ session: Session, at now: Instant) -> JSONValue {
        [
            "user": UserJSON.own(user),
            "session": [
                "id": .string(session.id.description),
                "created_at": .string(session.createdAt.rfc3339),
                "expires_at": .string(session.endsAt.rfc3339),
                "expires_in": .integer(max(0, session.endsAt.seconds - now.seconds)),
                "amr": .array(session.methods.map(JSONValue.string)),
                "auth_time": .string(session.authenticatedAt.rfc3339),
            ],
        ]
    }

    static func listed(_ session: Session, current: Session) -> JSONValue {
        [
            "id": .string(session.id.description),
            "current": .bool(session.id == current.id),
            "carrier": .string(session.carrier.rawValue),
            "created_at": .string(session.createdAt.rfc3339),
            "last_used_at": .string(session.lastUsedAt.rfc3339),
            "expires_at": .string(session.endsAt.rfc3339),
            "ip": .string(session.address.text),
            "user_agent": session.userAgent.map(JSONValue.string) ?? .null,
            "amr": .array(session.methods.map(JSONValue.string)),
        ]
    }
}
