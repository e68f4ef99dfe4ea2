/// Where a value was written, so that a complaint leads to it.
enum SettingPlace: Sendable, Equatable, CustomStringConvertible {
    /// Line 0 is the file as a whole.
    case file(String, line: Int)
    case variable(String)
    case preset
    /// From the supervisor, which had read it from one of the others.
    case handedOver

    var description: String {
        switch self {
        case .file(let path, 0): path
        case .file(let path, let line): "\(path):\(line)"
        case .variable(let name): "environment \(name)"
        case .preset: "default"
        case .handedOver: "the supervisor"
        }
    }
}

/// One thing that is wrong with the settings. It never quotes the value of a secret.
struct SettingsProblem: Sendable, Equatable, CustomStringConvertible {
    let place: SettingPlace
    /// The dotted path of the setting; empty when the file itself is the trouble.
    let key: String
    /// What is wrong, and what to do about it.
    let message: String

    var description: String {
        key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
    }
}

/// Everything that is wrong with the settings, at once: one line each.
struct SettingsProblems: Error, Sendable, Equatable, CustomStringConvertible {
    let all: [SettingsProblem]

    var description: String { all.map(\.description).joined(separator: "\n") }
}
