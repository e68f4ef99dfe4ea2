import Domain
import Testing

@Suite struct `The policy of a check` {
    @Test(arguments: [
        "admin=1", "verified", "verified=yes", "optional=1&optional=1", "max_age=0", "max_age=-1", "max_age=abc",
        "max_age=99999999999999999999", "via=cookie", "via=", "via=session,", "role=$role", "verified=1;optional=1",
        "verified=1%26optional=1", "=1", "OPTIONAL=1", " optional=1",
    ])
    func `what it does not know is a problem`(text: String) {
        #expect(throws: CheckPolicy.Problem.self) { try CheckPolicy(parsing: text) }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let policy: String
        let visitor: Visitor
        let outcome: String
        var testDescription: String { "\(policy) \(visitor)" }
    }

    enum Visitor: Sendable {
        case nobody
        case browser
        case verifiedBrowser
        case program
        case stale
    }

    private static let now = Instant(seconds: 1_800_000_000)

    private static func caller(_ visitor: Visitor) -> Identity? {
        guard visitor != .nobody else { return nil }
        let use = SessionUse(
            carrier: visitor == .program ? .token : .cookie, isRemembered: false, lastUsedAt: now,
            idleUntil: now + .hours(1), expiresAt: now + .hours(1))
        return Identity(
            sessionID: SessionID(at: now), use: use, authenticatedAt: now - .seconds(visitor == .stale ? 901 : 900),
            userID: UserID(at: now), isActive: true, email: "ann@example.org",
            isVerified: visitor == .verifiedBrowser, username: nil, name: nil, role: "user")
    }

    private static let table: [Row] = [
        Row(policy: "", visitor: .nobody, outcome: "authentication_required"),
        Row(policy: "", visitor: .browser, outcome: "named"),
        Row(policy: "", visitor: .program, outcome: "named"),
        Row(policy: "optional=1", visitor: .nobody, outcome: "unnamed"),
        Row(policy: "optional=1", visitor: .browser, outcome: "named"),
        Row(policy: "optional=0", visitor: .nobody, outcome: "authentication_required"),
        Row(policy: "verified=1", visitor: .nobody, outcome: "authentication_required"),
        Row(policy: "verified=1", visitor: .browser, outcome: "email_not_verified"),
        Row(policy: "verified=1", visitor: .verifiedBrowser, outcome: "named"),
        Row(policy: "optional=1&verified=1", visitor: .nobody, outcome: "unnamed"),
        Row(policy: "optional=1&verified=1", visitor: .browser, outcome: "email_not_verified"),
        Row(policy: "max_age=900", visitor: .browser, outcome: "named"),
        Row(policy: "max_age=900", visitor: .stale, outcome: "reauth_required"),
        Row(policy: "max_age=900&verified=1", visitor: .stale, outcome: "email_not_verified"),
        Row(policy: "via=session", visitor: .browser, outcome: "named"),
        Row(policy: "via=session", visitor: .program, outcome: "authentication_required"),
        Row(policy: "via=bearer", visitor: .program, outcome: "named"),
        Row(policy: "via=bearer", visitor: .browser, outcome: "authentication_required"),
        Row(policy: "via=apikey", visitor: .browser, outcome: "authentication_required"),
        Row(policy: "via=session,bearer", visitor: .program, outcome: "named"),
        Row(policy: "via=bearer&optional=1", visitor: .browser, outcome: "unnamed"),
    ]

    @Test(arguments: table)
    func `it decides as the table says`(row: Row) throws {
        let decision = try CheckPolicy(parsing: row.policy).decide(Self.caller(row.visitor), at: Self.now)
        let outcome =
            switch decision {
            case .allowed(nil): "unnamed"
            case .allowed: "named"
            case .denied(let denial): denial.rawValue
            }
        #expect(outcome == row.outcome)
    }
}
