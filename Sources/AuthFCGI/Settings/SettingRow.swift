/// One setting: what it is called, how it is read, what it is for.
struct SettingRow: Sendable {
    /// Dotted: `database.socket` is `database { socket = … }` in the file.
    let path: String
    let kindName: String
    let isSecret: Bool
    /// The service itself never needs it: who may not read its file goes without.
    let isForCommands: Bool
    /// For documentation, one or two sentences.
    let summary: String
    /// Names of environment variables that mean the same in other programs.
    let aliases: [String]
    /// Stores a value; false when it is not of the setting's kind.
    let store: @Sendable (SettingValue, inout Settings) -> Bool
    /// The value in the spelling of a settings file.
    let written: @Sendable (Settings) -> String

    init<Value>(
        _ path: String, _ field: any WritableKeyPath<Settings, Value> & Sendable, _ kind: SettingKind<Value>,
        _ summary: String, aliases: [String] = [], isForCommands: Bool = false
    ) {
        self.path = path
        self.summary = summary
        self.aliases = aliases
        self.isForCommands = isForCommands
        kindName = kind.name
        isSecret = kind.isSecret
        store = { value, settings in
            guard let read = kind.read(value) else { return false }
            settings[keyPath: field] = read
            return true
        }
        written = { kind.write($0[keyPath: field]) }
    }

    /// `AUTHFCGI_DATABASE__SOCKET`
    var variable: String { "AUTHFCGI_" + path.uppercased().replacing(".", with: "__") }

    /// Names a file that holds the secret.
    var fileVariable: String? { isSecret ? variable + "_FILE" : nil }

    /// Every variable that sets it directly, the strongest last.
    var variables: [String] { aliases + [variable] }
}
