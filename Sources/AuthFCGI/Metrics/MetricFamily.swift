import Domain

/// What is counted. Names and labels are promises to whoever draws graphs; they come from lists, never from a client.
enum MetricFamily: String, CaseIterable, Sendable {
    case requests = "http_requests_total"
    case checks = "check_total"
    case logins = "login_total"
    case mails = "mail_total"
    case removals = "janitor_removed_total"
    case requestSeconds = "http_request_seconds"
    case databaseSeconds = "db_seconds"
    case hashSeconds = "hash_seconds"
    case restarts = "worker_restarts_total"

    enum Kind: String {
        case counter
        case histogram
    }

    var kind: Kind {
        switch self {
        case .requests, .checks, .logins, .mails, .removals, .restarts: .counter
        case .requestSeconds, .databaseSeconds, .hashSeconds: .histogram
        }
    }

    /// Whether each pool has numbers of its own, under the label `pool`.
    var isByPool: Bool {
        switch self {
        case .requests, .checks, .logins, .mails, .removals, .hashSeconds: false
        case .requestSeconds, .databaseSeconds, .restarts: true
        }
    }

    /// Besides `pool`. A row and a column have their values, in this order and with commas between them.
    var labels: [String] {
        switch self {
        case .requests: ["route", "status"]
        case .checks: ["decision", "reason"]
        case .logins: ["result", "reason"]
        case .mails: ["result"]
        case .removals: ["table"]
        case .requestSeconds, .databaseSeconds, .hashSeconds, .restarts: []
        }
    }

    var help: String {
        switch self {
        case .requests: "Requests answered, by route and status."
        case .checks: "Questions of auth_request, by decision and reason."
        case .logins: "Attempts to sign in, by result and reason."
        case .mails: "Tries to deliver a mail, by result."
        case .removals: "Rows that the janitor removed because they had expired, by table."
        case .requestSeconds: "Time from reading a request to its answer."
        case .databaseSeconds: "Time that the database took for a statement."
        case .hashSeconds: "Time that Argon2id took for a password."
        case .restarts: "Workers that ended without being told to."
        }
    }

    /// Upper bounds of a histogram, in microseconds.
    var bounds: [Int64] {
        switch self {
        case .requestSeconds, .databaseSeconds:
            [
                100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
                2_000_000, 5_000_000,
            ]
        case .hashSeconds:
            [
                10_000, 20_000, 30_000, 40_000, 50_000, 75_000, 100_000, 125_000, 150_000, 200_000, 300_000, 500_000,
                1_000_000, 2_000_000,
            ]
        case .requests, .checks, .logins, .mails, .removals, .restarts: []
        }
    }

    var layout: MetricLayout.Family {
        switch self {
        case .requests:
            MetricLayout.Family(name: rawValue, rows: RouteLabel.all, columns: StatusLabel.all)
        case .checks:
            MetricLayout.Family(name: rawValue, rows: CheckOutcome.allCases.map(\.labels), columns: [""])
        case .logins:
            MetricLayout.Family(name: rawValue, rows: LoginOutcome.allCases.map(\.labels), columns: [""])
        case .mails:
            MetricLayout.Family(name: rawValue, rows: MailOutcome.allCases.map(\.label), columns: [""])
        case .removals:
            MetricLayout.Family(name: rawValue, rows: Chore.allCases.map(\.rawValue), columns: [""])
        case .restarts:
            MetricLayout.Family(name: rawValue, rows: [""], columns: [""])
        case .requestSeconds, .databaseSeconds, .hashSeconds:
            // Not cumulative here; the sum is in microseconds.
            MetricLayout.Family(
                name: rawValue, rows: [""], columns: bounds.map { Seconds.text(microseconds: $0) } + ["+Inf", "sum"])
        }
    }
}

/// The values of `route`: method and path below the base path. `{skill}` and the like stand for a profile's mount point.
enum RouteLabel {
    /// The check, and what no route was found for.
    static let check = 0
    static let none = 1

    static let all = ["check", "none"] + routes.map { $0.label() }

    /// Every route that there can be, whatever is mounted.
    private static var routes: [Route] {
        Routes.all
            + ResponseProfile.compat.flatMap { profile in
                CompatRoutes.of(profile).map { $0.mounted(at: "", as: profile) }
            }
    }
}

/// The values of `status`.
enum StatusLabel {
    private static let statuses = [
        200, 201, 202, 204, 303, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503,
    ]

    static let all = statuses.map(String.init) + ["other"]

    /// Where the count of a status stands.
    static func column(of status: Int) -> Int {
        statuses.firstIndex(of: status) ?? statuses.count
    }
}

/// Spans of time as Prometheus wants them.
enum Seconds {
    /// Exactly, without zeros at the end.
    static func text(microseconds: some FixedWidthInteger) -> String {
        let whole = microseconds / 1_000_000
        let fraction = String(Int(microseconds % 1_000_000) + 1_000_000).dropFirst()
        let shown = fraction.reversed().drop { $0 == "0" }.reversed()
        return shown.isEmpty ? "\(whole)" : "\(whole).\(String(shown))"
    }
}
