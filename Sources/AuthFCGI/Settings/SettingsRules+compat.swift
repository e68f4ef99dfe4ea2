extension SettingsRules {
    /// A profile stands on paths of its own: nothing answers in two shapes.
    var compat: [SettingsProblem] {
        var others = [(key: "site.base_path", path: settings.site.basePath)]
        var problems: [SettingsProblem] = []
        for profile in ResponseProfile.compat {
            guard let path = settings.compat.mount(of: profile) else { continue }
            let key = "compat.\(profile.rawValue)"
            problems += when(
                RequestPath.canonical(documentURI: path, requestURI: nil) == nil || path.hasSuffix("/"), key,
                "is not a path like `/compat/\(profile.rawValue)`: a slash at the start, none at the end, and letters, "
                    + "digits and `-._~` between")
            for other in others where Self.overlap(path, other.path) {
                problems += when(
                    true, key, "stands on the same paths as \(named(other.key)) `\(other.path)`; move one of them")
            }
            others.append((key, path))
        }
        return problems
    }

    /// Whether one path is the other or lies below it.
    private static func overlap(_ one: String, _ other: String) -> Bool {
        !other.isEmpty && (one == other || one.hasPrefix(other + "/") || other.hasPrefix(one + "/"))
    }
}

extension Settings.Compat {
    /// Every profile where the example has it.
    static let usual = Settings.Compat(
        boilerplate: ResponseProfile.boilerplate.usualMount, skill: ResponseProfile.skill.usualMount,
        usrak: ResponseProfile.usrak.usualMount)

    /// Nil when the profile is off.
    func mount(of profile: ResponseProfile) -> String? {
        let path =
            switch profile {
            case .canonical: ""
            case .boilerplate: boilerplate
            case .skill: skill
            case .usrak: usrak
            }
        return path.isEmpty ? nil : path
    }
}
