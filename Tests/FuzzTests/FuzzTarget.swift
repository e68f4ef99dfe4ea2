/// Something that reads bytes from outside, and what must be true of it whatever the bytes are.
struct FuzzTarget: Sendable {
    let name: String
    /// In bytes; `script/fuzz` has libFuzzer make 4,096 at most.
    let maximumLength: Int
    /// Throws when a property does not hold; a trap is the other way to fail.
    let run: @Sendable (FuzzInput) throws(Violation) -> Void

    init(
        _ name: String, maximumLength: Int = 4096, _ run: @escaping @Sendable (FuzzInput) throws(Violation) -> Void
    ) {
        self.name = name
        self.maximumLength = maximumLength
        self.run = run
    }

    static let all = [
        FuzzTarget("records", RecordsTarget.run),
        FuzzTarget("request", RequestTarget.run),
        FuzzTarget("urls", maximumLength: 2600, URLsTarget.run),
        FuzzTarget("forms", FormsTarget.run),
        FuzzTarget("json", JSONTarget.run),
        FuzzTarget("headers", HeadersTarget.run),
        FuzzTarget("names", maximumLength: 512, NamesTarget.run),
        FuzzTarget("settings", SettingsTarget.run),
        FuzzTarget("texts", TextsTarget.run),
        FuzzTarget("tokens", TokensTarget.run),
    ]
}

/// A property that did not hold.
struct Violation: Error, CustomStringConvertible {
    let description: String
}

func hold(_ isTrue: Bool, _ property: @autoclosure () -> String) throws(Violation) {
    if !isTrue { throw Violation(description: property()) }
}
