import Foundation
import Support
import Testing

/// Every refusal that a page's form can get has its message on that page, and no message is for nothing.
@Suite struct PageMessageTests {
    static let everywhere = ["origin_not_allowed", "rate_limited", "required", "not_text", "malformed_input"]
    static let account = ["authentication_required", "session_expired", "csrf_failed"]
    static let held = ["reauth_required", "account_on_hold"]
    static let newName = ["invalid_username", "reserved_username", "username_taken", "invalid_name"]
    static let newPassword = ["too_short", "too_long", "weak_password", "breached_password"]

    static let pages: [(page: String, codes: [String])] = [
        ("signin.html", everywhere + ["authentication_failed", "email_not_verified"]),
        (
            "register.html",
            everywhere + newName + newPassword + ["invalid_email", "email_taken", "registration_disabled"]
        ),
        ("profile.html", everywhere + account + newName + held),
        ("password.html", everywhere + account + newPassword + ["invalid_password", "same_password"]),
        ("delete.html", everywhere + account + held + ["invalid_password"]),
        (
            "email.html",
            everywhere + account + held + ["invalid_password", "invalid_email", "same_email", "mail_disabled"]
        ),
        ("recover.html", everywhere + ["invalid_email", "mail_disabled"]),
        ("resend.html", everywhere + ["invalid_email", "mail_disabled"]),
        ("mail.html", []),
        ("welcome.html", []),
    ]

    @Test(arguments: pages) func `a page has its messages, no others and no script`(page: String, codes: [String])
        throws
    {
        let text = try String(contentsOfFile: Stack.repository + "/examples/site/public/" + page, encoding: .utf8)
        let known = try String(contentsOfFile: Stack.repository + "/docs/errors.md", encoding: .utf8)
        let found = text.matches(of: /<li id="([a-z_]+)"/).map { String($0.1) }
        #expect(found.sorted() == codes.sorted())
        for code in codes { #expect(known.contains("| `\(code)` |"), "\(code)") }
        #expect(!text.contains("<script") && !text.contains("style="))
    }
}
