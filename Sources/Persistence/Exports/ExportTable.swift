internal import Domain

/// One table as a person's export shows it. What it names is all that is read; a test looks for columns that neither
/// stand here nor in its list of exceptions.
struct ExportTable: Sendable {
    let name: StaticString
    /// The member of the export.
    let section: String
    let isList: Bool
    let columns: [ExportColumn]
    /// Which rows are somebody's, in which order; nil when none can be.
    let rows: @Sendable (User) -> SQL?

    init(
        _ name: StaticString, as section: String, isList: Bool = true, _ columns: [ExportColumn],
        rows: @escaping @Sendable (User) -> SQL?
    ) {
        self.name = name
        self.section = section
        self.isList = isList
        self.columns = columns
        self.rows = rows
    }

    func query(for user: User) -> SQL? {
        guard let rows = rows(user) else { return nil }
        let names = SQL(joining: columns.map { SQL(stringLiteral: $0.name) }, by: ", ")
        return SQL(joining: ["SELECT", names, "FROM", SQL(stringLiteral: name), rows], by: " ")
    }
}

/// One column, and the member that shows it.
struct ExportColumn: Sendable {
    enum Kind: Sendable {
        case identifier
        case text
        case number
        case flag
        case time
        case address
        case json
        /// Whose the row is: the same in all of them, and shown once.
        case owner
        /// The key under which the next column is sealed; not shown.
        case key
        /// Address and user agent.
        case personal
    }

    let name: StaticString
    let kind: Kind
    let member: String

    init(_ name: StaticString, _ kind: Kind, as member: String? = nil) {
        self.name = name
        self.kind = kind
        self.member = member ?? name.description
    }
}

extension ExportTable {
    /// In the order of the export.
    static let all: [ExportTable] = [
        ExportTable(
            "users", as: "user", isList: false,
            [
                ExportColumn("id", .identifier), ExportColumn("legacy_id", .number), ExportColumn("email", .text),
                ExportColumn("email_verified_at", .time), ExportColumn("username", .text), ExportColumn("name", .text),
                ExportColumn("picture", .text), ExportColumn("role", .text), ExportColumn("created_at", .time),
                ExportColumn("updated_at", .time), ExportColumn("password_changed_at", .time),
                ExportColumn("last_sign_in_at", .time), ExportColumn("disabled_at", .time),
                ExportColumn("deleted_at", .time),
            ]
        ) { "WHERE id = \($0.id)" },
        ExportTable(
            "usernames", as: "usernames",
            [
                ExportColumn("user_id", .owner), ExportColumn("name", .text), ExportColumn("claimed_at", .time),
                ExportColumn("released_at", .time),
            ]
        ) { "WHERE user_id = \($0.id) ORDER BY claimed_at" },
        ExportTable(
            "sessions", as: "sessions",
            [
                ExportColumn("user_id", .owner), ExportColumn("id", .identifier), ExportColumn("carrier", .text),
                ExportColumn("is_remembered", .flag), ExportColumn("methods", .text),
                ExportColumn("authenticated_at", .time), ExportColumn("confirmed_at", .time),
                ExportColumn("created_at", .time), ExportColumn("last_used_at", .time),
                ExportColumn("idle_until", .time), ExportColumn("expires_at", .time),
                ExportColumn("address", .address), ExportColumn("user_agent", .text),
            ]
        ) { "WHERE user_id = \($0.id) ORDER BY created_at" },
        ExportTable(
            "known_networks", as: "known_networks",
            [ExportColumn("user_id", .owner), ExportColumn("signed_in_at", .time)]
        ) { "WHERE user_id = \($0.id) ORDER BY signed_in_at" },
        ExportTable(
            "one_time_tokens", as: "links",
            [
                ExportColumn("subject_id", .owner), ExportColumn("purpose", .text), ExportColumn("email", .text),
                ExportColumn("event", .text), ExportColumn("event_at", .time), ExportColumn("created_at", .time),
                ExportColumn("expires_at", .time), ExportColumn("used_at", .time),
            ]
        ) { "WHERE subject_id = \($0.id) ORDER BY created_at" },
        ExportTable(
            "outbox_messages", as: "mails",
            [
                ExportColumn("user_id", .owner), ExportColumn("id", .identifier),
                ExportColumn("template", .text, as: "kind"), ExportColumn("recipient", .text),
                ExportColumn("created_at", .time), ExportColumn("not_before", .time), ExportColumn("expires_at", .time),
                ExportColumn("attempts", .number), ExportColumn("delivered_at", .time),
                ExportColumn("abandoned_at", .time), ExportColumn("problem", .text),
            ]
        ) { "WHERE user_id = \($0.id) ORDER BY created_at" },
        ExportTable(
            "audit_events", as: "events",
            [
                ExportColumn("subject_id", .owner), ExportColumn("id", .identifier),
                ExportColumn("recorded_at", .time), ExportColumn("event", .text), ExportColumn("actor", .text),
                ExportColumn("session_id", .identifier), ExportColumn("request_id", .identifier),
                ExportColumn("detail", .json), ExportColumn("key_id", .key), ExportColumn("personal", .personal),
            ]
        ) { "WHERE subject_id = \($0.id) ORDER BY id" },
        ExportTable(
            "registrations", as: "registrations",
            [
                ExportColumn("id", .identifier), ExportColumn("email", .text), ExportColumn("username", .text),
                ExportColumn("name", .text), ExportColumn("created_at", .time), ExportColumn("expires_at", .time),
            ]
        ) { user in user.isVerified ? "WHERE email_key = \(user.email.key) ORDER BY created_at" : nil },
    ]

    /// What is shown of a stored password; its row is out of reach, and its routine tells these.
    static let password = (name: "password_hashes", section: "password", columns: ["iterations", "memory"])

    /// `table.column` and the path of the member that shows it.
    static var map: [String: String] {
        var map: [String: String] = [:]
        for table in all {
            for column in table.columns {
                let member: String? =
                    switch column.kind {
                    case .owner: "user.id"
                    case .key: nil
                    case .personal: "\(table.section).address"
                    default: "\(table.section).\(column.member)"
                    }
                map["\(table.name).\(column.name)"] = member
            }
        }
        for column in password.columns { map["\(password.name).\(column)"] = "\(password.section).\(column)" }
        return map
    }
}
