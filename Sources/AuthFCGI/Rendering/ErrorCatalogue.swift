/// Every code that a client can be told, with its texts. Codes are API: they are never renamed.
enum ErrorCatalogue {
    struct Entry: Sendable {
        let code: String
        let title: String
        /// One sentence for a person; `{name}` stands for a figure of the rule.
        let text: String

        /// The sentence without figures.
        var detail: String { detail([:]) }

        func detail(_ figures: [String: Int]) -> String {
            var sentence = text
            for (name, figure) in figures {
                let parts = sentence.split(separator: "{\(name)}", omittingEmptySubsequences: false)
                sentence = parts.joined(separator: String(figure))
            }
            return sentence.contains("{") ? title + "." : sentence
        }
    }

    /// The texts of a code; a test makes sure that each code has its own.
    static func entry(_ code: String) -> Entry {
        byCode[code] ?? Entry(code: code, title: "Not possible", text: "This is not possible.")
    }

    static func has(_ code: String) -> Bool { byCode[code] != nil }

    private static let byCode = Dictionary(uniqueKeysWithValues: entries.map { ($0.code, $0) })

    private static func row(_ code: String, _ title: String, _ text: String) -> Entry {
        Entry(code: code, title: title, text: text)
    }

    static let entries: [Entry] = [
        // The request itself
        row("malformed_request", "Malformed request", "The request could not be read."),
        row("malformed_input", "Malformed input", "The form or the JSON could not be read."),
        row("duplicate_field", "Field twice", "A field stands twice in the input."),
        row("not_found", "Not found", "There is nothing here, or nothing that you may see."),
        row(
            "method_not_allowed", "Method not allowed",
            "This address does not answer that method; see the header Allow."),
        row("body_too_large", "Too large", "The request is larger than 64 KiB."),
        row(
            "unsupported_media_type", "Unsupported media type",
            "Send a form (application/x-www-form-urlencoded) or JSON."),
        row("origin_not_allowed", "Origin not allowed", "Forms of that site are not accepted here."),
        row(
            "csrf_failed", "Token missing",
            "The form came without its token csrf_token, or with an old one. Load the page again and repeat."),
        row("rate_limited", "Too many tries", "There were too many tries. Wait a while, then try again."),
        row("service_busy", "Busy", "Too much is going on at the moment. Try again in a few seconds."),
        row("database_unavailable", "Not available", "The service is not available at the moment. Try again soon."),
        row("system_unavailable", "Not available", "The service is not available at the moment. Try again soon."),
        row(
            "internal_error", "Internal error",
            "Something went wrong on our side. The request's number helps to find out what."),
        // Who is calling
        row("authentication_required", "Sign in first", "This needs somebody who is signed in."),
        row("authentication_failed", "Sign-in failed", "The name or the password is not right."),
        row("session_expired", "Session ended", "Your session has ended. Sign in again."),
        row("ambiguous_credentials", "Two credentials", "Send a cookie or a bearer token, not both."),
        row("reauth_required", "Sign in again", "This needs a fresh sign-in."),
        row("email_not_verified", "Address not verified", "This needs a verified e-mail address."),
        row("not_your_account", "Not your account", "You cannot change the account of another user."),
        row("provider_not_supported", "Provider not supported", "Nobody can sign in here by that provider."),
        row("policy_invalid", "Not configured", "This place is not configured properly. Its operator has been told."),
        // Fields
        row("validation_failed", "Not accepted", "Some of the fields are not accepted."),
        row("required", "Field missing", "This field is needed."),
        row("unknown_field", "Unknown field", "There is no such field."),
        row("wrong_type", "Wrong type", "This field has another type."),
        row("not_a_choice", "Not a choice", "This is none of the values that are accepted here."),
        row("not_text", "Not text", "This is not readable as text."),
        row("invalid_email", "Not an e-mail address", "This is not an e-mail address."),
        row("email_taken", "Address taken", "There is an account with this e-mail address already."),
        row(
            "not_available", "Not available",
            "The address is not changed here, but by a link that is mailed to the new one."),
        row("same_email", "The same address", "This is the address of the account already."),
        row(
            "invalid_username", "Not a username",
            "A username has 2 to 31 letters, digits, dots, dashes or underscores and starts with a letter or digit."),
        row("reserved_username", "Name reserved", "This username is reserved."),
        row("username_taken", "Name taken", "This username is not available."),
        row("invalid_name", "Not a name", "A name has at most 100 characters and no control characters."),
        row("invalid_url", "Not a web address", "This is not a web address (http or https)."),
        row("invalid_role", "Not a role", "A role has letters, digits and `_.:-`, at most 64."),
        row(
            "link_invalid", "Link not valid", "This link does not work any more: it was used, or a newer one was sent."),
        row("link_expired", "Link too old", "This link is too old. Ask for a new one."),
        row("invalid_code", "Wrong code", "This is not the code, or it is too old. Ask for a new one."),
        row(
            "proof_required", "Password needed",
            "Type the password that you registered with, or choose a new one."),
        row(
            "account_on_hold", "Not for the moment",
            "The address of this account was changed a few days ago. This is possible when its former owner cannot object any more."
        ),
        row("mail_disabled", "No mail", "This needs a mail, and none is sent from here. Ask the operators."),
        row("registration_disabled", "No registration", "Registration is closed."),
        // Passwords
        row("invalid_password", "Wrong password", "The password is not right."),
        row("same_password", "The same password", "The new password is the same as the current one."),
        row("too_short", "Password too short", "The password needs at least {min} characters."),
        row("too_long", "Password too long", "The password may have at most {max} characters."),
        row(
            "weak_password", "Password too easy to guess",
            "The password is too easy to guess. Take several words that do not belong together."),
        row("breached_password", "Password known", "The password stands in a list of stolen ones. Take another one."),
        row("needs_lowercase", "A small letter is missing", "The password needs a small letter."),
        row("needs_uppercase", "A capital letter is missing", "The password needs a capital letter."),
        row("needs_digit", "A digit is missing", "The password needs a digit."),
        row("needs_symbol", "A symbol is missing", "The password needs one of @ $ ! % * ? &."),
    ]
}
