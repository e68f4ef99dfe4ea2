import Domain
import JSON

/// The rules for new passwords as clients see them; HTML attributes and messages can be made from it.
enum PasswordPolicyJSON {
    static func answer(_ policy: PasswordPolicy) -> JSONValue {
        [
            "preset": .string(policy.preset.rawValue),
            "minimum_length": .integer(Int64(policy.minimum)),
            "maximum_length": policy.maximum.map { .integer(Int64($0)) } ?? .null,
            "maximum_bytes": .integer(Int64(PasswordPolicy.maximumBytes)),
            "classes": .array(policy.preset.classes.map { .string($0.rawValue) }),
            "refuses_guessable": true,
            "passwordrules": .string(rules(policy)),
        ]
    }

    /// The attribute `passwordrules` that password managers read.
    private static func rules(_ policy: PasswordPolicy) -> String {
        var rules = ["minlength: \(policy.minimum)"]
        if let maximum = policy.maximum { rules.append("maxlength: \(maximum)") }
        for item in policy.preset.classes {
            switch item {
            case .lowercase: rules.append("required: lower")
            case .uppercase: rules.append("required: upper")
            case .digit: rules.append("required: digit")
            case .symbol: rules.append("required: [@$!%*?&]")
            }
        }
        return rules.joined(separator: "; ") + ";"
    }
}
