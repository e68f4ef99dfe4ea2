import Domain

/// Why a form was refused, on the page that has it.
struct PageComplaint: Sendable {
    let code: String
    let field: String?
    let text: String
    /// What was typed, without secrets.
    let values: [Flash.KeptValue]

    /// What the address of the page says, and what the browser brings of the form.
    ///
    /// The texts are ours whoever wrote the address; a code that is none of ours says nothing.
    init?(_ query: PageQuery, flash: Flash?, policy: PasswordPolicy) {
        guard let code = query["error"], ErrorCatalogue.has(code) else { return nil }
        self.code = code
        field = query["field"]
        text = ErrorCatalogue.entry(code).detail(policy.figures(of: code))
        values = flash.map { $0.code == code ? $0.values : [] } ?? []
    }

    /// What is told in the answer to the form itself.
    init(_ told: Answer.Told, values: [Flash.KeptValue]) {
        code = told.code
        field = told.field
        text = ErrorCatalogue.entry(told.code).detail(told.complaints.first?.parameters ?? [:])
        self.values = values
    }
}

extension PasswordPolicy {
    /// The figures of a complaint about a password that was typed here.
    fileprivate func figures(of code: String) -> [String: Int] {
        switch code {
        case "too_short": ["min": minimum]
        case "too_long": maximum.map { ["max": $0] } ?? [:]
        default: [:]
        }
    }
}
