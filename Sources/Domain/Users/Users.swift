/// Accounts: making them, changing them, ending them.
package struct Users: Sendable {
    let clock: any Clock
    let passwords: Passwords
    let budgets: Budgets
    let terms: SessionTerms
    let tokens: TokenTerms
    package let registration: RegistrationMode
    /// Whether mail leaves at all: else nobody is asked to prove an address.
    let sendsMail: Bool

    package init(
        clock: any Clock, passwords: Passwords, budgets: Budgets, terms: SessionTerms, tokens: TokenTerms = .standard,
        registration: RegistrationMode, sendsMail: Bool = false
    ) {
        self.clock = clock
        self.passwords = passwords
        self.budgets = budgets
        self.terms = terms
        self.tokens = tokens
        self.registration = registration
        self.sendsMail = sendsMail
    }

    /// How long a sign-in proves who is there.
    static let freshness = Duration.minutes(10)
}

/// What may happen to one field of a profile.
package enum Change<Value: Sendable>: Sendable {
    case keep
    case clear
    case set(Value)
}

extension Change {
    /// The same change of the value in another form.
    func map<Other: Sendable>(_ transform: (Value) -> Other?) -> Change<Other>? {
        switch self {
        case .keep: .keep
        case .clear: .clear
        case .set(let value): transform(value).map(Change<Other>.set)
        }
    }
}
