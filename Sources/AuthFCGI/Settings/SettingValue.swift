internal import Crypto

/// A value as it was written, before a setting says what it should be.
enum SettingValue: Sendable, Equatable {
    case integer(Int)
    /// A fraction or a group: no setting is one.
    case other
    case text(String)
    case flag(Bool)
    case list([SettingValue])
    /// What an environment variable holds: text, whatever the setting's kind is.
    case variable(String)
}

/// One kind of setting: how a value is read, and how it is written in a settings file.
struct SettingKind<Value>: Sendable {
    /// What documentation calls it, with its limits.
    let name: String
    /// Nil when the value is not of this kind.
    let read: @Sendable (SettingValue) -> Value?
    let write: @Sendable (Value) -> String
    var isSecret = false
}

extension SettingKind where Value == String {
    static var text: SettingKind {
        SettingKind(name: "text", read: \.asText, write: SettingText.quoted)
    }
}

extension SettingKind where Value == Bool {
    static var flag: SettingKind {
        SettingKind(
            name: "true or false",
            read: { value in
                switch value {
                case .flag(let flag): flag
                case .variable("true"), .variable("1"), .variable("yes"), .variable("on"): true
                case .variable("false"), .variable("0"), .variable("no"), .variable("off"): false
                default: nil
                }
            },
            write: { $0 ? "true" : "false" })
    }
}

extension SettingKind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> SettingKind {
        SettingKind(
            name: "a number from \(range.lowerBound) to \(range.upperBound)",
            read: { value in value.asInteger.flatMap { range.contains($0) ? $0 : nil } },
            write: { "\($0)" })
    }
}

extension SettingKind where Value == Int? {
    static func optionalInteger(_ range: ClosedRange<Int>) -> SettingKind {
        let integer = SettingKind<Int>.integer(range)
        return SettingKind(name: integer.name, read: { integer.read($0).map(Optional.some) }) {
            $0.map(integer.write) ?? ""
        }
    }
}

extension SettingKind where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> SettingKind {
        let limits = "\(SettingText.duration(range.lowerBound)) to \(SettingText.duration(range.upperBound))"
        return SettingKind(
            name: "a time from \(limits)",
            read: { value in
                let duration = value.asInteger.map { .seconds($0) } ?? value.asText.flatMap(SettingText.duration(_:))
                return duration.flatMap { range.contains($0) ? $0 : nil }
            },
            write: { SettingText.quoted(SettingText.duration($0)) })
    }
}

extension SettingKind where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    static var choice: SettingKind {
        SettingKind(
            name: "one of " + Value.allCases.map { SettingText.quoted($0.rawValue) }.joined(separator: ", "),
            read: { $0.asText.flatMap(Value.init(rawValue:)) },
            write: { SettingText.quoted($0.rawValue) })
    }
}

extension SettingKind {
    /// A list in the file, in a variable the same with commas between.
    static func list<Element>(
        of element: SettingKind<Element>, named name: String? = nil
    ) -> SettingKind where Value == [Element], Element: Sendable {
        SettingKind(
            name: name ?? "a list, each \(element.name)",
            read: { value in
                guard let written = value.asList else { return nil }
                let read = written.compactMap(element.read)
                return read.count == written.count ? read : nil
            },
            write: { "[" + $0.map(element.write).joined(separator: ", ") + "]" })
    }
}

extension SettingKind where Value == SecretText {
    static var secret: SettingKind {
        SettingKind(
            name: "secret text",
            read: { value in
                value.asText.map { SecretText(secret: $0.isEmpty ? nil : Secret($0)) }
            },
            write: { _ in "\"\"" }, isSecret: true)
    }
}

extension SettingValue {
    var asText: String? {
        switch self {
        case .text(let text), .variable(let text): text
        default: nil
        }
    }

    var asInteger: Int? {
        switch self {
        case .integer(let number): number
        case .variable(let text): Int(text)
        default: nil
        }
    }

    var asList: [SettingValue]? {
        switch self {
        case .list(let values): values
        case .variable(""): []
        case .variable(let text): text.split(separator: ",").map { .variable(SettingText.trimmed($0)) }
        default: nil
        }
    }
}
