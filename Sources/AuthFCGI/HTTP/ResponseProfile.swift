/// In whose shape a route answers.
enum ResponseProfile: String, Sendable, CaseIterable {
    /// The house's own: problem details, forms with redirects.
    case canonical
    /// The paths and bodies of the FastAPI boilerplate: `{"detail"}`.
    case boilerplate
    /// Those of a service with opaque session ids: `{"detail", "error_code"}`.
    case skill
    /// Those of UsrAK: `{"success", "message"}`.
    case usrak

    /// Those for clients of other systems; each is off until it has a mount point.
    static let compat: [ResponseProfile] = [.boilerplate, .skill, .usrak]

    /// Where the shipped nginx file and the example have it.
    var usualMount: String {
        switch self {
        case .canonical: ""
        case .boilerplate: "/compat/boilerplate/api/v1"
        case .skill: "/compat/skill/auth"
        case .usrak: "/compat/usrak/auth"
        }
    }
}
