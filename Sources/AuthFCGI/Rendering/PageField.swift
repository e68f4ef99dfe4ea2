import Domain

/// A field of a form on a page of the service's own: its label, what browsers help with, and its complaint.
struct PageField: Sendable {
    /// How templates call it.
    let key: String
    /// How it is sent; also its id, so a name stands once on a page.
    let name: String
    let label: String
    let type: String
    /// A value of the HTML attribute of that name.
    let autocomplete: String
    var isRequired = true
    var minimum: Int?
    var maximum: Int?
    /// Whether it is a password that is to be chosen, under the rules for such.
    var isChosen = false

    /// Its name as a part of a page.
    var part: String { "field_\(key)" }
    /// The name of the text that stands in it at the beginning.
    var value: String { "value_\(name)" }

    static let all = [
        PageField(
            key: "identifier", name: "username", label: "E-mail address or username", type: "text",
            autocomplete: "username", maximum: 254),
        PageField(
            key: "email", name: "email", label: "E-mail address", type: "email", autocomplete: "email", maximum: 254),
        PageField(
            key: "new_email", name: "email", label: "New e-mail address", type: "email", autocomplete: "email",
            maximum: 254),
        PageField(
            key: "username", name: "username", label: "Username (optional)", type: "text", autocomplete: "username",
            isRequired: false, minimum: 2, maximum: 31),
        PageField(
            key: "own_username", name: "username", label: "Username", type: "text", autocomplete: "username",
            minimum: 2, maximum: 31),
        PageField(
            key: "name", name: "name", label: "Name (optional)", type: "text", autocomplete: "name", isRequired: false,
            maximum: 100),
        PageField(
            key: "picture", name: "picture", label: "Address of a picture (optional)", type: "url",
            autocomplete: "photo", isRequired: false, maximum: PictureURL.maximumBytes),
        PageField(
            key: "password", name: "password", label: "Password", type: "password", autocomplete: "current-password"),
        PageField(
            key: "choose_password", name: "password", label: "Password", type: "password",
            autocomplete: "new-password", isChosen: true),
        PageField(
            key: "current_password", name: "current_password", label: "Current password", type: "password",
            autocomplete: "current-password"),
        PageField(
            key: "new_password", name: "new_password", label: "New password", type: "password",
            autocomplete: "new-password", isChosen: true),
        PageField(
            key: "code", name: "code", label: "The code from the mail", type: "text", autocomplete: "one-time-code",
            maximum: 20),
    ]

    /// - Parameters:
    ///   - value: what stands in it; never in one for a password or a code.
    ///   - complaint: what is wrong with it.
    func html(value: String?, complaint: PageComplaint?, policy: PasswordPolicy) -> HTML {
        let isSecret = Input.secretNames.contains(name)
        let hint = isChosen ? policy.hint : ""
        let described = [complaint?.code, hint.isEmpty ? nil : "\(name)-hint"].compactMap(\.self)
        let minimum = isChosen ? policy.minimum : minimum
        let texts = [
            "name": name, "label": label, "type": type, "autocomplete": autocomplete,
            "required": isRequired ? "1" : "", "minimum": minimum.map(String.init) ?? "",
            "maximum": maximum.map(String.init) ?? "", "literal": type == "text" && name != "name" ? "1" : "",
            "numeric": autocomplete == "one-time-code" ? "1" : "", "value": isSecret ? "" : value ?? "",
            "hint": hint, "described": described.joined(separator: " "), "code": complaint?.code ?? "",
            "error": complaint?.text ?? "",
        ]
        return Self.template.html(texts)
    }

    static let template = Template(PackageResources.field_html)
}

extension PasswordPolicy {
    /// The rules for a new password, for whoever chooses one.
    fileprivate var hint: String {
        let length = maximum.map { "\(minimum) to \($0) characters" } ?? "At least \(minimum) characters"
        let classes = preset.classes.map { item in
            switch item {
            case .lowercase: "a small letter"
            case .uppercase: "a capital letter"
            case .digit: "a digit"
            case .symbol: "one of \(PasswordClass.symbols)"
            }
        }
        let needed = classes.isEmpty ? "" : ", among them " + classes.joined(separator: ", ")
        return "\(length)\(needed). A few words in a row are easy to keep in mind."
    }
}
